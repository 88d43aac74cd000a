import { PATIENCE, type Call, type Http } from "./http.js";
import type {
  Ack,
  ChangedMessages,
  Conversations,
  Edited,
  Group,
  Latest,
  LatestMessages,
  LoggedIn,
  Members,
  MaxSeqs,
  Message,
  Messages,
  MessageVersion,
  NewGroup,
  OnlineStatus,
  OnlineStatuses,
  Path,
  PlatformId,
  Polled,
  ListedProfile,
  Profile,
  Profiles,
  ProfileUpdate,
  Readers,
  ReadSeq,
  Registration,
  Replies,
  SendRequest,
  Versions,
} from "./types.js";

/** The start and the maximum length of a page of a list. */
export interface Page {
  /** `next_cursor` of the previous page; absent for the first. */
  readonly cursor?: string | undefined;
  /** Maximum number of items. */
  readonly limit?: number | undefined;
}

/** The calls without a token. Each is sent once. */
export class PublicApi {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /** Creates an account. @throws 10202 if the name is taken, 10005 after too many calls. */
  register(registration: Registration): Promise<Profile> {
    return this.#http.call("POST", "/api/v1/auth/register", { body: registration });
  }

  /** Issues a token, which ends the previous one of this user and platform. @throws 10105, 10005. */
  login(username: string, password: string, platformId: PlatformId): Promise<LoggedIn> {
    const body = { username, password, platform_id: platformId };
    return this.#http.call("POST", "/api/v1/auth/login", { body });
  }
}

/**
 * The calls of a logged-in user, as in openapi.yaml. Each is sent once, and throws a `LongwaveError` with the
 * codes that openapi.yaml lists for it. `Client` holds the data that is kept in sync.
 */
export class Api {
  readonly #http: Http;
  readonly #token: string;
  readonly #failed: (error: unknown) => void;

  /** `failed` receives every error. */
  constructor(http: Http, token: string, failed: (error: unknown) => void) {
    this.#http = http;
    this.#token = token;
    this.#failed = failed;
  }

  /** Ends the token. @throws 10001 for a token that the server did not issue. */
  async logout(): Promise<void> {
    await this.#post("/api/v1/auth/logout");
  }

  /** The user's own profile. */
  me(): Promise<Profile> {
    return this.#get("/api/v1/user/me");
  }

  /** Updates the user's own profile. The user's other sessions are notified. */
  updateMe(update: ProfileUpdate): Promise<Profile> {
    return this.#call("PUT", "/api/v1/user/me", { body: update });
  }

  /** The profiles of 1 to 100 users, ordered by id, without those that do not exist. */
  async users(userIds: readonly string[]): Promise<ListedProfile[]> {
    const query = { user_ids: userIds.join(",") };
    return (await this.#get<Profiles>("/api/v1/user/info", query)).users;
  }

  /** The current online status of 1 to 100 users. */
  async onlineStatus(userIds: readonly string[]): Promise<OnlineStatus[]> {
    const query = { user_ids: userIds.join(",") };
    return (await this.#get<OnlineStatuses>("/api/v1/user/online_status", query)).items;
  }

  /** Subscribes to the online status of up to 100 users, in place of any before. */
  async subscribeOnline(userIds: readonly string[]): Promise<OnlineStatus[]> {
    const body = { user_ids: userIds };
    return (await this.#post<OnlineStatuses>("/api/v1/user/online_subscribe", body)).items;
  }

  /** Creates a group, which the user owns. Not safe to repeat: each call creates one. */
  createGroup(group: NewGroup): Promise<Group> {
    return this.#post("/api/v1/group/create", group);
  }

  /** A group of which the user is a member. */
  group(groupId: string): Promise<Group> {
    return this.#get("/api/v1/group/info", { group_id: groupId });
  }

  /** A page of a group's members, ordered by user id, at most 500. */
  members(groupId: string, page: Page = {}): Promise<Members> {
    return this.#get("/api/v1/group/members", { group_id: groupId, ...page });
  }

  /** Joins a group. @throws 10305 if the user already is a member: treat it as success. */
  async joinGroup(groupId: string): Promise<void> {
    await this.#post("/api/v1/group/join", { group_id: groupId });
  }

  /**
   * Quits a group. @throws 10303 if the user is no member, so after a lost answer this means success; 10001
   * for the owner.
   */
  async quitGroup(groupId: string): Promise<void> {
    await this.#post("/api/v1/group/quit", { group_id: groupId });
  }

  /** Kicks a member; for the owner or an admin. */
  async kick(groupId: string, userId: string): Promise<void> {
    await this.#post("/api/v1/group/kick", { group_id: groupId, user_id: userId });
  }

  /** Dismisses a group, after which it accepts no members or messages; for the owner. */
  async dismissGroup(groupId: string): Promise<void> {
    await this.#post("/api/v1/group/dismiss", { group_id: groupId });
  }

  /** Makes another member the owner. */
  async transferGroup(groupId: string, userId: string): Promise<void> {
    await this.#post("/api/v1/group/transfer", { group_id: groupId, user_id: userId });
  }

  /** Sends a message. Safe to repeat with the same `client_msg_id`. */
  send(message: SendRequest, signal?: AbortSignal): Promise<Ack> {
    return this.#call("POST", "/api/v1/message/send", { body: message, signal });
  }

  /** A page of the visible messages with a seq from `begin` to `end`, at most 100. */
  pull(conversationId: string, begin: number, end: number, signal?: AbortSignal): Promise<Messages> {
    const query = { conversation_id: conversationId, begin_seq: begin, end_seq: end };
    return this.#get("/api/v1/message/pull", query, signal);
  }

  /** All visible messages with a seq from `begin` to `end`, ascending. */
  async range(conversationId: string, begin: number, end: number, signal?: AbortSignal): Promise<Message[]> {
    const messages: Message[] = [];
    for (let next = begin; next <= end;) {
      const page = await this.pull(conversationId, next, end, signal);
      messages.push(...page.messages);
      const last = page.messages.at(-1);
      if (!page.has_more || last === undefined) break;
      next = last.seq + 1;
    }
    return messages;
  }

  /**
   * The newest messages of a range, newest first, at most `limit`: 1 to 100, 100 by default. The next page ends before
   * the last one of this page.
   */
  pullNewest(conversationId: string, begin: number, end: number, limit?: number): Promise<Messages> {
    const query = { conversation_id: conversationId, begin_seq: begin, end_seq: end, order: "desc", limit };
    return this.#get("/api/v1/message/pull", query);
  }

  /**
   * The message with this seq, or the nearest visible one, with half of `limit` (1 to 100, 100 by default) before it
   * and the rest after it, ascending. `has_more`: there are visible messages before or after them.
   */
  pullAround(conversationId: string, seq: number, limit?: number): Promise<Messages> {
    return this.#get("/api/v1/message/pull", { conversation_id: conversationId, around: seq, limit });
  }

  /** The first messages that were sent at a time or later, ascending, at most `limit`: 1 to 100, 100 by default. */
  pullAt(conversationId: string, time: number, limit?: number): Promise<Messages> {
    return this.#get("/api/v1/message/pull", { conversation_id: conversationId, at: time, limit });
  }

  /** The visible ones of 1 to 100 messages, ascending; with `has_more`, ask again for those after the last one. */
  messages(conversationId: string, seqs: readonly number[]): Promise<Messages> {
    return this.#get("/api/v1/message/get", { conversation_id: conversationId, seqs: seqs.join(",") });
  }

  /** A message by its `server_msg_id`. @throws 10401 if the user may not see such a message. */
  async message(serverMsgId: string): Promise<Message> {
    const query = { server_msg_id: serverMsgId };
    return (await this.#get<{ messages: [Message] }>("/api/v1/message/get", query)).messages[0];
  }

  /** The newest messages of 1 to 20 conversations, at most `limit` of each: 1 to 20, 20 by default. */
  async latest(conversationIds: readonly string[], limit?: number): Promise<LatestMessages[]> {
    const query = { conversation_ids: conversationIds.join(","), limit };
    return (await this.#get<Latest>("/api/v1/message/latest", query)).conversations;
  }

  /**
   * Erases the content of messages for everybody, all of them or none; with `trace`, clients show that they were
   * revoked, otherwise nothing in their place. Safe to repeat.
   */
  async revoke(conversationId: string, seqs: readonly number[], trace = true): Promise<void> {
    await this.#post("/api/v1/message/revoke", { conversation_id: conversationId, seqs, trace });
  }

  /**
   * Replaces the content of an own message; with `baseVersion`, only if that version is stored. Resolves to the version
   * that is stored now. Safe to repeat: the same content again changes nothing.
   */
  async edit(conversationId: string, seq: number, content: string, baseVersion?: number): Promise<number> {
    const body = { conversation_id: conversationId, seq, content, base_version: baseVersion };
    const { version } = await this.#post<Edited>("/api/v1/message/edit", body);
    return version;
  }

  /** A page of the users who have, or have not, read a message. */
  readers(conversationId: string, seq: number, state: "read" | "unread", page?: Page): Promise<Readers> {
    return this.#get("/api/v1/message/readers", { conversation_id: conversationId, seq, state, ...page });
  }

  /** A page of the messages that quote a message, ascending by seq. */
  replies(conversationId: string, seq: number, page?: Page): Promise<Replies> {
    return this.#get("/api/v1/message/replies", { conversation_id: conversationId, seq, ...page });
  }

  /** The kept versions of a message, ascending; the last one is its content. */
  async versions(conversationId: string, seq: number): Promise<MessageVersion[]> {
    const query = { conversation_id: conversationId, seq };
    const { versions } = await this.#get<Versions>("/api/v1/message/versions", query);
    return versions;
  }

  /** A page of the messages that changed since a version, as they are now; all that ever changed without one. */
  changes(conversationId: string, since?: string): Promise<ChangedMessages> {
    return this.#get("/api/v1/message/changes", { conversation_id: conversationId, ...(since && { since }) });
  }

  /** Reports that the user is typing in a conversation. At most 60 a minute. */
  async typing(conversationId: string): Promise<void> {
    await this.#post("/api/v1/message/typing", { conversation_id: conversationId });
  }

  /** A page of the user's positions in each conversation, ordered by conversation id, at most 200. */
  maxSeqs(page: Page = {}, signal?: AbortSignal): Promise<MaxSeqs> {
    return this.#get("/api/v1/message/max_seqs", { ...page }, signal);
  }

  /** A page of the conversations with their last messages, with the latest message first, at most 100. */
  conversations(page: Page = {}, signal?: AbortSignal): Promise<Conversations> {
    return this.#get("/api/v1/conversation/list", { with_last_message: "true", ...page }, signal);
  }

  /**
   * Moves the read position to `seq`, at least 1; returns the stored one: never lower, never beyond what is
   * visible.
   */
  async read(conversationId: string, seq: number): Promise<number> {
    const body = { conversation_id: conversationId, read_seq: seq };
    // The request survives the closing of the page, so that the last read position is stored.
    const call = { body, keepalive: true };
    return (await this.#call<ReadSeq>("POST", "/api/v1/conversation/read", call)).read_seq;
  }

  /** Mutes or pins a conversation for this user. Absent options stay unchanged. */
  async setOptions(conversationId: string, options: { muted?: boolean; pinned?: boolean }): Promise<void> {
    const body = {
      conversation_id: conversationId,
      ...(options.muted !== undefined && { recv_msg_opt: options.muted ? 1 : 0 }),
      ...(options.pinned !== undefined && { is_pinned: options.pinned }),
    };
    await this.#call("PUT", "/api/v1/conversation/opt", { body });
  }

  /**
   * The events after a cursor, as soon as there are any; none after `timeout` seconds, at most 50. Without a
   * cursor, answers at once with the one to start from.
   */
  poll(cursor: string | undefined, timeout: number, signal?: AbortSignal): Promise<Polled> {
    const patience = timeout * 1000 + PATIENCE;
    return this.#call("GET", "/api/v1/realtime/poll", { query: { cursor, timeout }, patience, signal });
  }

  #get<T>(path: Path, query?: Call["query"], signal?: AbortSignal): Promise<T> {
    return this.#call("GET", path, { ...(query && { query }), signal });
  }

  #post<T>(path: Path, body?: unknown): Promise<T> {
    return this.#call("POST", path, { body });
  }

  async #call<T>(method: "GET" | "POST" | "PUT", path: Path, call: Call): Promise<T> {
    try {
      return await this.#http.call<T>(method, path, { ...call, token: this.#token });
    } catch (error) {
      this.#failed(error);
      throw error;
    }
  }
}
