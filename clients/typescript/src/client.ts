import { Api } from "./api.js";
import { persist } from "./backoff.js";
import { MessageCache } from "./cache.js";
import { refusalOf, type Content } from "./content.js";
import { Directory } from "./directory.js";
import { LongwaveError } from "./errors.js";
import { Emitter, failureAfter, untilOnline, type Events, type State } from "./events.js";
import type { Http } from "./http.js";
import { conversationBetween, newId, targetOf } from "./ids.js";
import { Model } from "./model.js";
import type { Network } from "./network.js";
import type { OutboxEntry } from "./outbox.js";
import { Presence } from "./presence.js";
import { ReadReports } from "./reads.js";
import { Replica } from "./replica.js";
import { PendingSends } from "./sends.js";
import { forgetLogin } from "./store/forget.js";
import type { RoomyStore } from "./store/store.js";
import type { Tabs } from "./tabs.js";
import type { Timeline } from "./timeline.js";
import { TypingReports } from "./typing.js";
import type { Ack, Conversation, Group, Message, OnlineStatus, ListedProfile } from "./types.js";
import type { View } from "./view.js";

/** A login as plain data: keep it to continue after a reload. */
export interface Session {
  /** The id of the user. */
  readonly userId: string;
  /** The token of `Authorization: Bearer <token>`: keep it as safe as a password. */
  readonly token: string;
}

/** A page of history. */
export interface History {
  /** Ascending by seq. */
  readonly messages: readonly Message[];
  /** Whether there may be messages before these. */
  readonly hasOlder: boolean;
}

/** @internal The dependencies of a client. */
export interface Surroundings {
  readonly http: Http;
  readonly network: Network;
  readonly random: () => number;
  readonly tabs: Tabs;
  readonly openStore: (onLoss: (error: unknown) => void) => RoomyStore;
}

/**
 * A logged-in user and all events of this user. Views hold the state to show and fit React's
 * `useSyncExternalStore`; events report changes; all other calls are in {@link Client.api}.
 */
export class Client {
  /** The login. */
  readonly session: Session;
  /** The plain calls, each sent once. */
  readonly api: Api;
  /** The conversations: pinned ones first, then by with the latest message. */
  readonly conversations: View<readonly Conversation[]>;
  /** The state of the connection to the server. */
  readonly state: View<State>;

  readonly #emitter = new Emitter();
  readonly #ended = new AbortController();
  readonly #openStore: () => RoomyStore;
  readonly #store: RoomyStore;
  readonly #directory: Directory;
  readonly #presence: Presence;
  readonly #sends = new PendingSends();
  readonly #typing: TypingReports;
  readonly #reads: ReadReports;
  readonly #model: Model;
  readonly #messages: MessageCache;
  readonly #replica: Replica;
  #connected: Promise<void> | undefined;
  #isStorageLost = false;

  /** @internal Use `Longwave`. */
  constructor(session: Session, { http, network, random, tabs, openStore }: Surroundings) {
    this.session = session;
    const persistence = { network, random, signal: this.#ended.signal };
    this.api = new Api(http, session.token, (error) => {
      this.#failed(error);
    });
    this.#openStore = () =>
      openStore((error) => {
        this.#isStorageLost = true;
        this.#emitter.emit("storage", error);
      });
    this.#store = this.#openStore();
    this.#directory = new Directory(this.api, (ask) => persist(ask, persistence));
    this.#presence = new Presence(() => {
      this.#replica.postWants();
    });
    this.#typing = new TypingReports(this.api);
    this.#reads = new ReadReports(this.api, persistence);
    this.#model = new Model({
      userId: session.userId,
      emitter: this.#emitter,
      directory: this.#directory,
      presence: this.#presence,
      outcome: this.#sends,
      missed: () => {
        this.#directory.readAgain();
        this.#replica.renewSubscription();
      },
      forgotten: () => {
        this.#directory.forget();
        this.#presence.forget();
        this.#reads.forget();
        this.#replica.renewSubscription();
      },
      range: (conversationId, begin, end) => this.#messages.range(conversationId, begin, end),
    });
    const parts = {
      userId: session.userId,
      api: this.api,
      model: this.#model,
      store: this.#store,
      persistence,
    };
    this.#messages = new MessageCache(parts);
    this.#replica = new Replica({
      ...parts,
      presence: this.#presence,
      sends: this.#sends,
      tabs,
      ended: (state) => {
        this.#end(state);
      },
    });
    this.conversations = this.#model.conversations.view;
    this.state = this.#model.state;
  }

  /** The id of the user. */
  get userId(): string {
    return this.session.userId;
  }

  /** Number of messages that the server has not acknowledged, failed ones included: a logout drops them. */
  get unsent(): number {
    return this.#model.outbox.entries.filter((entry) => entry.status !== "stored").length;
  }

  /** Whether memory has replaced the storage, as the event `storage` reports: no new data survives a reload. */
  get isStorageLost(): boolean {
    return this.#isStorageLost;
  }

  /** Calls `listener` on each such event, in every tab; returns the function that unsubscribes. */
  on<E extends keyof Events>(type: E, listener: (event: Events[E]) => void): () => void {
    return this.#emitter.on(type, listener);
  }

  /**
   * Keeps the client in sync and sends queued messages until {@link Client.close}. Stored data is shown at
   * once. May be called again.
   *
   * @returns when everything is up to date for the first time; waiting for it is optional.
   * @throws {@link LongwaveError} when the login has ended, or the client is closed.
   */
  connect(): Promise<void> {
    if (!this.#connected) {
      this.#connected = untilOnline(this.#emitter, this.state);
      // Callers that do not wait see the same in the state.
      this.#connected.catch(() => undefined);
      // A client that has ended must not open its store again.
      if (!this.#ended.signal.aborted) void this.#replica.start();
    }
    return this.#connected;
  }

  /**
   * The messages of a conversation, loaded from the newest ones back. Always the same object for a
   * conversation.
   */
  timeline(conversationId: string): Timeline {
    return this.#model.timeline(conversationId);
  }

  /** The other users who are typing in a conversation. */
  typists(conversationId: string): View<readonly string[]> {
    return this.#model.typing.view(conversationId);
  }

  /** The online status of a user, while the view has a listener. Only the latest 100 users are updated. */
  presence(userId: string): View<OnlineStatus | undefined> {
    return this.#presence.view(userId);
  }

  /** A user's profile, read when the view has a listener. Later changes by other users are not reported. */
  profile(userId: string): View<ListedProfile | undefined> {
    return this.#directory.profile(userId);
  }

  /** A group of which the user is a member, read when the view has a listener and kept up to date. */
  group(groupId: string): View<Group | undefined> {
    return this.#directory.group(groupId);
  }

  /** The id of the conversation with another user, whether or not it has begun. */
  conversationWith(userId: string): string {
    return conversationBetween(this.userId, userId);
  }

  /**
   * Sends a message: it is in the timeline at once, survives a reload, and, while the client is connected, is
   * sent again under the same id until the server has it.
   *
   * @param clientMsgId the sender's id of the message, 1 to 64 bytes, different for each message: a second
   * send under an id that this tab is sending has no effect.
   * @returns when the message is stored; waiting for it is optional.
   * @throws {@link LongwaveError} if the server refused it for good, it was discarded, or the client ended
   * first, which leaves it in the outbox; TypeError if the id is not that of a conversation of the user.
   */
  send(conversationId: string, content: Content, clientMsgId = newId()): Promise<Ack> {
    targetOf(conversationId, this.userId);
    const pending = this.#sends.get(clientMsgId);
    if (pending) return pending;
    // A message ends the typing for the others, so the next key is sent at once.
    this.#typing.reset(conversationId);
    return this.#queue(this.#model.outbox.draft(clientMsgId, conversationId, content));
  }

  /** Sends a failed message again, as {@link Client.send} does. */
  retry(clientMsgId: string): Promise<Ack> {
    const entry = this.#model.outbox.get(clientMsgId);
    if (entry?.status !== "failed") throw new TypeError(`'${clientMsgId}' has not failed`);
    const { error: _, ...again } = entry;
    return this.#queue({ ...again, status: "queued" });
  }

  /** Withdraws a message that has failed or was not sent yet. One that is being sent may still arrive. */
  discard(clientMsgId: string): void {
    if (this.#model.outbox.get(clientMsgId)) this.#replica.change({ type: "discarded", clientMsgId });
  }

  /**
   * The messages of a conversation before a seq, or the newest known ones; at most `limit`. Waits for the
   * network, and for the first connection if the client knows nothing yet.
   *
   * @throws {@link LongwaveError}
   */
  async history(
    conversationId: string,
    { before, limit = 50 }: { before?: number; limit?: number } = {},
  ): Promise<History> {
    if (this.#model.position(conversationId) === undefined) {
      await this.connect();
      // The server may have another history since then.
      await untilOnline(this.#emitter, this.state);
    }
    return await this.#messages.before(conversationId, before ?? Infinity, limit);
  }

  /**
   * Marks a conversation read up to `seq`, or all of it. Waits for the network, unless a later call reads
   * further.
   *
   * @returns the stored position: never lower than before, and never beyond the visible messages.
   * @throws {@link LongwaveError} with 10006 for a conversation to which the user does not belong; the
   * failure of a call, if a later call reads further.
   */
  async markRead(conversationId: string, seq?: number): Promise<number> {
    const conversation = this.#model.conversations.get(conversationId);
    const upTo = seq ?? conversation?.max_seq ?? 0;
    const known = conversation?.read_seq ?? 0;
    if (upTo <= known) return known;
    return await this.#reads.report(conversationId, upTo);
  }

  /**
   * Reports that the user is typing. Call it at every key: it sends at most one report every 4 s to each
   * conversation, and ignores failures.
   */
  typing(conversationId: string): void {
    this.#typing.report(conversationId);
  }

  /**
   * Ends the login, and drops its stored data here and in the other tabs; also works after the client has
   * ended.
   *
   * @throws {@link LongwaveError} if the server does not answer: the data is dropped, but the token stays
   * valid.
   */
  async logout(): Promise<void> {
    if (this.#ended.signal.aborted) {
      const store = this.#openStore();
      await store.clear();
      store.close();
    } else {
      this.#replica.postEnd({ status: "kicked", reason: "logout" });
      const forgotten = this.#store.clear();
      this.#end({ status: "closed" });
      await forgotten;
    }
    try {
      await this.api.logout();
    } catch (error) {
      if (!(error instanceof LongwaveError && error.isUnauthorized)) throw error;
    }
  }

  /** Stops for good; unsent messages are kept for the user's next client. */
  close(): void {
    this.#end({ status: "closed" });
  }

  #queue(entry: OutboxEntry): Promise<Ack> {
    if (this.#ended.signal.aborted) {
      return Promise.reject(new LongwaveError(failureAfter(this.state.snapshot())));
    }
    const sent = this.#sends.add(entry.client_msg_id);
    this.#replica.change({ type: "queued", entry });
    const error = refusalOf(entry)?.failure;
    if (error) this.#replica.change({ type: "failed", clientMsgId: entry.client_msg_id, error });
    return sent;
  }

  /** Receives the error of every failed call: the end of the login ends the client. */
  #failed(error: unknown): void {
    if (!(error instanceof LongwaveError) || !error.isUnauthorized || this.#ended.signal.aborted) return;
    const state: State = { status: "kicked", reason: error.reason };
    this.#replica.postEnd(state);
    this.#end(state);
  }

  #end(state: State): void {
    if (this.#ended.signal.aborted) return;
    const isLogout = state.status === "kicked" && state.reason === "logout";
    const forgotten = isLogout ? forgetLogin(this.#store, this.#model) : Promise.resolve();
    void forgotten.then(() => {
      this.#store.close();
    });
    this.#ended.abort();
    this.#replica.close();
    this.#model.typing.clear();
    this.#model.apply([{ type: "state", state }]);
    for (const id of this.#sends.ids) this.#sends.failed(id, failureAfter(state));
  }
}
