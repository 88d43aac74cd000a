import { Api } from "./api.js";
import { persist, type Persistence } from "./backoff.js";
import { excessOf, type Content } from "./content.js";
import { Directory } from "./directory.js";
import { aborted, LongwaveError, type Failure } from "./errors.js";
import { Emitter, type Events, type State } from "./events.js";
import { Feed, type FeedState } from "./feed.js";
import type { Http } from "./http.js";
import { conversationBetween, targetOf } from "./ids.js";
import { Model, type Change } from "./model.js";
import type { Network } from "./network.js";
import { sendAll, type OutboxEntry } from "./outbox.js";
import { Presence, WATCHED } from "./presence.js";
import { Place, type Note } from "./share.js";
import type { Change as StoreChange, RoomyStore } from "./store/store.js";
import { sync } from "./sync.js";
import type { Tabs } from "./tabs.js";
import type { Timeline } from "./timeline.js";
import { TOLD } from "./typing.js";
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

interface Waiting {
  readonly sent: Promise<Ack>;
  readonly resolve: (ack: Ack) => void;
  readonly reject: (error: LongwaveError) => void;
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
  /** The conversations: pinned ones first, then by latest event. */
  readonly conversations: View<readonly Conversation[]>;
  /** The state of the connection to the server. */
  readonly state: View<State>;

  readonly #emitter = new Emitter();
  readonly #model: Model;
  readonly #directory: Directory;
  readonly #presence: Presence;
  readonly #tabs: Tabs;
  readonly #store: RoomyStore;
  readonly #openStore: () => RoomyStore;
  readonly #ended = new AbortController();
  readonly #persistence: Persistence;
  /** The messages of this tab that the server has not answered. */
  readonly #waiting = new Map<string, Waiting>();
  readonly #tab = newId();
  readonly #place = new Place();
  #connected: Promise<void> | undefined;
  /** The additional state of the leading tab. */
  #lead: { wake: () => void; n: number; wants: Map<string, readonly string[]> } | undefined;
  #watched: readonly string[] = [];
  /** The subscription calls, in sequence: only the last one counts. */
  #watching = Promise.resolve();
  readonly #typed = new Map<string, number>();
  /** By conversation, the highest read position to be sent. */
  readonly #reads = new Map<string, number>();

  /** @internal Use `Longwave`. */
  constructor(session: Session, { http, network, random, tabs, openStore }: Surroundings) {
    this.session = session;
    this.#tabs = tabs;
    this.#persistence = { network, random, signal: this.#ended.signal };
    this.api = new Api(http, session.token, (error) => {
      this.#failed(error);
    });
    this.#openStore = () =>
      openStore((error) => {
        this.#emitter.emit("storage", error);
      });
    this.#store = this.#openStore();
    this.#directory = new Directory(this.api, (ask) => persist(ask, this.#persistence));
    this.#presence = new Presence(() => {
      this.#tellWants();
    });
    this.#model = new Model({
      userId: session.userId,
      emitter: this.#emitter,
      directory: this.#directory,
      presence: this.#presence,
      outcome: {
        sent: (id, ack) => this.#take(id)?.resolve(ack),
        failed: (id, error) => this.#take(id)?.reject(new LongwaveError(error)),
        discarded: (id) => this.#take(id)?.reject(aborted()),
      },
      missed: () => {
        this.#directory.readAgain();
        this.#watch();
      },
      forgotten: () => {
        this.#directory.forget();
        this.#presence.forget();
        this.#watch();
      },
      range: (conversationId, begin, end) => this.#range(conversationId, begin, end),
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
      this.#connected = this.#online();
      // Callers that do not wait see the same in the state.
      this.#connected.catch(() => undefined);
      void this.#start();
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
    const waiting = this.#waiting.get(clientMsgId);
    if (waiting) return waiting.sent;
    // A message ends the typing for the others, so the next key is sent at once.
    this.#typed.delete(conversationId);
    return this.#queue({
      client_msg_id: clientMsgId,
      conversation_id: conversationId,
      content_type: content.content_type,
      content: content.content,
      n: this.#model.outbox.end,
      written_at: Date.now(),
      status: "queued",
    });
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
    if (this.#model.outbox.get(clientMsgId)) this.#local({ type: "discarded", clientMsgId });
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
      await this.#online();
    }
    const conversation = this.#model.conversations.get(conversationId);
    const newest = Math.max(this.#model.position(conversationId) ?? 0, conversation?.max_seq ?? 0);
    const end = Math.min((before ?? Infinity) - 1, newest);
    const floor = Math.max(1, conversation?.min_seq ?? 1);
    const begin = Math.max(floor, end - limit + 1);
    if (end < begin) return { messages: [], hasOlder: false };
    const messages = await this.#range(conversationId, begin, end);
    return { messages, hasOlder: begin > floor && messages[0]?.seq === begin };
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
    this.#reads.set(conversationId, Math.max(upTo, this.#reads.get(conversationId) ?? 0));
    // If no call succeeds, only the last one is retried: otherwise they would accumulate.
    const again = (error: LongwaveError) => error.isTemporary && this.#reads.get(conversationId) === upTo;
    return await persist(() => this.api.read(conversationId, upTo), { ...this.#persistence, again });
  }

  /** Reports that the user is typing. Call it at every key: it sends every 4 s, and ignores failures. */
  typing(conversationId: string): void {
    const now = performance.now();
    if (now - (this.#typed.get(conversationId) ?? -TOLD) < TOLD) return;
    this.#typed.set(conversationId, now);
    this.api.typing(conversationId).catch(() => undefined);
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
      this.#tabs.post({ kind: "ended", state: { status: "kicked", reason: "logout" } } satisfies Note);
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

  async #start(): Promise<void> {
    const saved = await this.#store.load();
    if (this.#ended.signal.aborted) return;
    const early = this.#model.outbox.entries;
    this.#model.restore(saved);
    // Older stored data would overwrite earlier notes of other tabs; the leader sends them again.
    this.#tabs.listen((note) => {
      this.#hear(note as Note);
    });
    // Messages from before the restore go after the stored ones.
    for (const entry of early) {
      this.#local({ type: "queued", entry: { ...entry, n: this.#model.outbox.end } });
    }
    this.#greet();
    this.#tabs.elect(() => this.#poll(), this.#ended.signal);
  }

  /** The work of the leading tab until it ends: it polls and sends for all tabs. */
  async #poll(): Promise<void> {
    const { signal } = this.#ended;
    // Messages that another tab stored before it ended, without any tab receiving its note.
    const saved = await this.#store.load();
    if (signal.aborted) return;
    this.#model.queue(saved.outbox);
    const wake = sendAll({
      ...this.#persistence,
      outbox: this.#model.outbox,
      send: (entry, stop) => this.#send(entry, stop),
      sent: (entry, ack) => this.#publish([{ type: "sent", clientMsgId: entry.client_msg_id, ack }]),
      failed: (entry, error) => {
        return this.#publish([{ type: "failed", clientMsgId: entry.client_msg_id, error: error.failure }]);
      },
    });
    this.#lead = { wake, n: 0, wants: new Map() };
    this.#tellSnapshot();
    this.#tellWants();
    if (this.#place.isKnown) {
      // The previous leader may have ended before it stored changes that this tab received.
      await this.#store.write(this.#model.differing(saved));
    }
    const listed = this.#model.conversations.rows.map((row) => row.conversation);
    const feed = new Feed(this.userId, this.#model.feed, listed);
    try {
      await sync({
        ...this.#persistence,
        api: this.api,
        feed,
        deliver: (events) => this.#publish(events, feed.taken()),
        state: (state) => {
          this.#tell([{ type: "state", state }]);
        },
      });
    } catch (error) {
      // The login has ended, or the client was closed: the state shows it.
      if (!(error instanceof LongwaveError)) throw error;
    }
  }

  #send(entry: OutboxEntry, signal: AbortSignal): Promise<Ack> {
    const { client_msg_id, content_type, content, conversation_id } = entry;
    const target = targetOf(conversation_id, this.userId);
    const excess = excessOf(entry);
    // Another tab, or an earlier version of this package, may have queued it.
    if (excess > 0) return Promise.reject(tooLong(excess));
    return this.api.send({ client_msg_id, content_type, content, ...target }, signal);
  }

  /** Applies the leader's changes, sends them to the other tabs, and stores them. */
  async #publish(changes: readonly Change[], progress?: FeedState): Promise<void> {
    const write = this.#tell(changes, progress);
    if (write) await this.#store.write(write);
  }

  /** Applies the leader's changes and sends them to the other tabs; returns the data to store. */
  #tell(changes: readonly Change[], progress?: FeedState): StoreChange | undefined {
    const lead = this.#lead;
    if (!lead) return undefined;
    const write = this.#model.apply(changes, progress);
    // A listener may have closed the client.
    if (this.#lead !== lead) return undefined;
    if (changes.length > 0) {
      lead.n += 1;
      const { n } = lead;
      this.#tabs.post({ kind: "batch", leader: this.#tab, n, changes, progress } satisfies Note);
    }
    lead.wake();
    return { ...write, rows: this.#model.conversations.taken() };
  }

  /** Applies the user's changes in this tab and sends them to the other tabs. */
  #local(change: Change): void {
    if (this.#ended.signal.aborted) return;
    this.#tabs.post({ kind: "local", changes: [change] } satisfies Note);
    this.#heard([change]);
  }

  /**
   * Applies changes of any tab. Every tab stores the outbox changes that it receives: a tab that closes at
   * once has already sent its changes, and the last tab to write knows that a message was sent.
   */
  #heard(changes: readonly Change[], progress?: FeedState): void {
    const { outbox, settled } = this.#model.apply(changes, progress);
    if (outbox?.length || settled?.length) void this.#store.write({ outbox, settled });
    this.#lead?.wake();
  }

  #queue(entry: OutboxEntry): Promise<Ack> {
    if (this.#ended.signal.aborted) return Promise.reject(over(this.state.snapshot()));
    const waiting = newWaiting();
    this.#waiting.set(entry.client_msg_id, waiting);
    // Callers that do not wait see the same in the timeline.
    waiting.sent.catch(() => undefined);
    this.#local({ type: "queued", entry });
    const excess = excessOf(entry);
    if (excess > 0) {
      const { failure } = tooLong(excess);
      this.#local({ type: "failed", clientMsgId: entry.client_msg_id, error: failure });
    }
    return waiting.sent;
  }

  #take(clientMsgId: string): Waiting | undefined {
    const waiting = this.#waiting.get(clientMsgId);
    this.#waiting.delete(clientMsgId);
    return waiting;
  }

  #hear(note: Note): void {
    switch (note.kind) {
      case "hello":
        // All tabs send again whose presence they show; tabs that ended silently do not.
        if (this.#lead) this.#lead.wants = new Map([[this.#tab, this.#presence.wanted]]);
        else this.#tellWants();
        this.#tellSnapshot();
        return;
      case "snapshot":
        if (this.#lead || !this.#place.adopts(note.leader, note.n)) return;
        this.#model.adopt(note.snapshot, new Set(this.#waiting.keys()));
        this.#tellWants();
        for (const id of [...this.#waiting.keys()]) {
          const entry = this.#model.outbox.get(id);
          if (entry?.ack) this.#take(id)?.resolve(entry.ack);
          if (entry?.error) this.#take(id)?.reject(new LongwaveError(entry.error));
          if (entry?.status === "queued") {
            this.#tabs.post({ kind: "local", changes: [{ type: "queued", entry }] } satisfies Note);
          }
        }
        return;
      case "batch":
        if (this.#lead) return;
        if (this.#place.follows(note.leader, note.n)) this.#heard(note.changes, note.progress);
        else this.#greet();
        return;
      case "local":
        this.#heard(note.changes);
        return;
      case "wants":
        this.#lead?.wants.set(note.tab, note.userIds);
        this.#watch();
        return;
      case "ended":
        this.#end(note.state);
    }
  }

  /** Asks the leader for a snapshot. */
  #greet(): void {
    this.#tabs.post({ kind: "hello" } satisfies Note);
    this.#tellWants();
  }

  #tellSnapshot(): void {
    if (!this.#lead) return;
    const { n } = this.#lead;
    const { snapshot } = this.#model;
    this.#tabs.post({ kind: "snapshot", leader: this.#tab, n, snapshot } satisfies Note);
  }

  #tellWants(): void {
    if (!this.#connected || this.#ended.signal.aborted) return;
    const note = { kind: "wants", tab: this.#tab, userIds: this.#presence.wanted } satisfies Note;
    this.#tabs.post(note);
    this.#hear(note);
  }

  /** Subscribes to the users whose presence any tab shows. */
  #watch(): void {
    if (!this.#lead) return;
    const watched = [...new Set([...this.#lead.wants.values()].flat())].slice(-WATCHED);
    if (watched.length === 0 && this.#watched.length === 0) return;
    this.#watched = watched;
    this.#watching = this.#watching.then(() => this.#subscribe(watched));
  }

  async #subscribe(watched: readonly string[]): Promise<void> {
    const ask = async () => (this.#watched === watched ? await this.api.subscribeOnline(watched) : []);
    try {
      const items = await persist(ask, this.#persistence);
      if (items.length > 0) this.#tell([{ type: "presence", items }]);
    } catch (error) {
      // One invalid id spoils the whole list; its next change is a new attempt.
      if (!(error instanceof LongwaveError)) throw error;
    }
  }

  /** All visible messages of a range, from the store or the server. */
  async #range(conversationId: string, begin: number, end: number): Promise<Message[]> {
    const kept = await this.#store.messages(conversationId, begin, end);
    if (kept.length === end - begin + 1) return kept;
    const { signal } = this.#persistence;
    const { history } = this.#model;
    const ask = () => this.api.range(conversationId, begin, end, signal);
    const messages = await persist(ask, this.#persistence);
    // An answer from before another history must not be stored in that history.
    if (history !== this.#model.history) return this.#range(conversationId, begin, end);
    void this.#store.write({ messages });
    return messages;
  }

  #online(): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const state = this.state.snapshot();
        if (state.status !== "online" && state.status !== "kicked" && state.status !== "closed") return;
        unsubscribe();
        if (state.status === "online") resolve();
        else reject(over(state));
      };
      const unsubscribe = this.on("state", look);
      look();
    });
  }

  /** Receives the error of every failed call: the end of the login ends the client. */
  #failed(error: unknown): void {
    if (!(error instanceof LongwaveError) || !error.isUnauthorized || this.#ended.signal.aborted) return;
    const state: State = { status: "kicked", reason: error.reason };
    this.#tabs.post({ kind: "ended", state } satisfies Note);
    this.#end(state);
  }

  /**
   * Drops the stored data of a login that was logged out elsewhere. A later login of the user stores its data
   * in the same place: that data stays, above all unsent messages.
   */
  async #forgetOwn(): Promise<void> {
    const own = new Set(this.#model.outbox.entries.map((entry) => entry.client_msg_id));
    const { cursor, outbox } = await this.#store.load();
    const isOwn = cursor === undefined || cursor === this.#model.feed.cursor;
    if (isOwn && outbox.every((entry) => own.has(entry.client_msg_id))) await this.#store.clear();
    else await this.#store.write({ settled: [...own] });
  }

  #end(state: State): void {
    if (this.#ended.signal.aborted) return;
    const isLogout = state.status === "kicked" && state.reason === "logout";
    const forgotten = isLogout ? this.#forgetOwn() : Promise.resolve();
    void forgotten.then(() => {
      this.#store.close();
    });
    this.#ended.abort();
    this.#lead = undefined;
    this.#tabs.post({ kind: "wants", tab: this.#tab, userIds: [] } satisfies Note);
    this.#tabs.close();
    this.#model.typing.clear();
    this.#model.apply([{ type: "state", state }]);
    for (const id of [...this.#waiting.keys()]) this.#take(id)?.reject(over(state));
  }
}

function newWaiting(): Waiting {
  let resolve: Waiting["resolve"] = () => undefined;
  let reject: Waiting["reject"] = () => undefined;
  const sent = new Promise<Ack>((...settle) => {
    [resolve, reject] = settle;
  });
  return { sent, resolve, reject };
}

/**
 * The server's refusal of content that is too long; a proxy may answer differently, or close the connection.
 */
function tooLong(excess: number): LongwaveError {
  const message = `the content is too long by ${excess} bytes`;
  return new LongwaveError({ kind: "refused", message, status: 413, code: 10403 });
}

function over(state: State): LongwaveError {
  const failure: Failure =
    state.status === "kicked"
      ? {
          kind: "aborted",
          message: "the login is over",
          status: 401,
          ...(state.reason && { reason: state.reason }),
        }
      : aborted().failure;
  return new LongwaveError(failure);
}

/** A new id; `crypto.randomUUID` does not exist on a page over plain http. */
function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
