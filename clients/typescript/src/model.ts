import type { Failure } from "./errors.js";
import type { Emitter, State } from "./events.js";
import { ConversationList, type Row } from "./conversations.js";
import type { Directory } from "./directory.js";
import type { FeedEvent, FeedState } from "./feed.js";
import { Outbox, type OutboxEntry } from "./outbox.js";
import type { Presence } from "./presence.js";
import { isLasting } from "./quote.js";
import type { Change as StoreChange, Saved } from "./store/store.js";
import { Timeline, type TimelineSource } from "./timeline.js";
import { TypingList } from "./typing.js";
import type { Ack, Message, OnlineStatus } from "./types.js";
import { Live } from "./view.js";

/** A change of the state that a tab shows. */
export type Change =
  | FeedEvent
  | { readonly type: "queued"; readonly entry: OutboxEntry }
  | { readonly type: "sent"; readonly clientMsgId: string; readonly ack: Ack }
  | { readonly type: "failed"; readonly clientMsgId: string; readonly error: Failure }
  | { readonly type: "discarded"; readonly clientMsgId: string }
  | { readonly type: "state"; readonly state: State };

/** The state that another tab needs to show the same. */
export interface Snapshot {
  /** The cursor at which this history of the server began here; `undefined` for the one in the stores. */
  readonly history: string | undefined;
  readonly feed: FeedState;
  readonly rows: readonly Row[];
  readonly outbox: readonly OutboxEntry[];
  readonly presence: readonly OnlineStatus[];
  readonly state: State;
}

/** Receives the outcome of messages that this tab sent. */
export interface Outcome {
  sent(clientMsgId: string, ack: Ack): void;
  failed(clientMsgId: string, error: Failure): void;
  discarded(clientMsgId: string): void;
}

interface Parts {
  readonly userId: string;
  readonly emitter: Emitter;
  readonly directory: Directory;
  readonly presence: Presence;
  readonly outcome: Outcome;
  /** Called when changes were missed: data without further events has to be read again. */
  readonly missed: () => void;
  /** Called when the server has another history: all other data has to be read again. */
  readonly forgotten: () => void;
  readonly range: (conversationId: string, begin: number, end: number) => Promise<Message[]>;
}

/** The state of an account in one tab. The same changes result in the same state in every tab. */
export class Model {
  readonly #parts: Parts;
  readonly conversations: ConversationList;
  readonly outbox: Outbox;
  readonly typing = new TypingList();
  readonly state = new Live<State>(() => this.#state);
  #state: State = { status: "connecting" };
  #history: string | undefined;
  #cursor: string | undefined;
  readonly #positions = new Map<string, number>();
  readonly #timelines = new Map<string, Timeline>();
  /** The messages that changed, as they are now, by `server_msg_id`. */
  readonly #changed = new Map<string, Message>();

  constructor(parts: Parts) {
    this.#parts = parts;
    this.conversations = new ConversationList(parts.userId);
    this.outbox = new Outbox(parts.userId, (id) => this.#timelines.get(id)?.touch());
  }

  timeline(conversationId: string): Timeline {
    const source: TimelineSource = {
      range: (begin, end) => this.#parts.range(conversationId, begin, end),
      position: () => this.position(conversationId),
      floor: () => Math.max(1, this.conversations.get(conversationId)?.min_seq ?? 1),
      pending: () => this.outbox.of(conversationId),
      userId: this.#parts.userId,
    };
    const timeline = this.#timelines.get(conversationId) ?? new Timeline(source);
    this.#timelines.set(conversationId, timeline);
    return timeline;
  }

  /** The seq up to which the feed has delivered a conversation; `undefined` before it is known. */
  position(conversationId: string): number | undefined {
    // A conversation that is new since the start of the feed lacks no messages.
    return this.#positions.get(conversationId) ?? (this.#cursor === undefined ? undefined : 0);
  }

  /** A message of the server as it is after the changes that the feed has delivered. */
  current(message: Message): Message {
    const known = this.#changed.get(message.server_msg_id);
    if (!known) return message;
    const isNewer = !known.status && (message.version ?? 1) > (known.version ?? 1);
    return isNewer ? message : known;
  }

  /** Identifies the server's history: changes whenever all data was dropped. */
  get history(): string | undefined {
    return this.#history;
  }

  get feed(): FeedState {
    return { cursor: this.#cursor, positions: [...this.#positions] };
  }

  get snapshot(): Snapshot {
    return {
      history: this.#history,
      feed: this.feed,
      rows: this.conversations.rows,
      outbox: this.outbox.entries,
      presence: this.#parts.presence.statuses,
      state: this.#state,
    };
  }

  /** Takes in the data of a store. */
  restore(saved: Saved): void {
    this.#cursor = saved.cursor;
    for (const [id, seq] of saved.positions) this.#positions.set(id, seq);
    this.conversations.replace(saved.rows);
    this.queue(saved.outbox);
    this.#touchTimelines();
  }

  /** Adds outbox entries of other tabs that are not known yet. */
  queue(entries: readonly OutboxEntry[]): void {
    for (const entry of entries) {
      if (!this.outbox.get(entry.client_msg_id)) this.outbox.set(entry);
    }
  }

  /** Takes in the state of another tab. `own` are messages of this tab that the other may not know. */
  adopt(snapshot: Snapshot, own: ReadonlySet<string>): void {
    if (snapshot.history !== this.#history) this.#forget(snapshot.history);
    this.#progress(snapshot.feed);
    // A tab that has received less must not overwrite newer rows.
    const rows = snapshot.rows.filter((row) => {
      const known = this.conversations.get(row.conversation.conversation_id);
      return !known || known.max_seq <= row.conversation.max_seq;
    });
    const ids = new Set(rows.map((row) => row.conversation.conversation_id));
    const kept = this.conversations.rows.filter((row) => !ids.has(row.conversation.conversation_id));
    this.conversations.replace([...kept, ...rows]);
    const theirs = new Set(snapshot.outbox.map((entry) => entry.client_msg_id));
    for (const { client_msg_id } of this.outbox.entries) {
      if (!theirs.has(client_msg_id) && !own.has(client_msg_id)) this.outbox.delete(client_msg_id);
    }
    for (const entry of snapshot.outbox) this.outbox.set(entry);
    this.#parts.presence.set(snapshot.presence);
    this.#touchTimelines();
    this.apply([{ type: "state", state: snapshot.state }]);
  }

  /** The change that brings a store with the data `saved` to the state of this tab. */
  differing(saved: Saved): StoreChange {
    const { rows } = this.conversations;
    const known = new Set([
      ...this.#positions.keys(),
      ...rows.map((row) => row.conversation.conversation_id),
    ]);
    const dropped = saved.positions.map(([id]) => id).filter((id) => !known.has(id));
    return { ...this.feed, cursor: this.#cursor ?? null, rows, dropped };
  }

  /** Applies changes, notifies listeners, and returns the data to store, except the rows. */
  apply(changes: readonly Change[], progress?: FeedState): StoreChange {
    const write = {
      messages: [] as Message[],
      dropped: [] as string[],
      outbox: [] as OutboxEntry[],
      settled: [] as string[],
    };
    for (const change of changes) this.#apply(change, write);
    if (progress) this.#progress(progress);
    const isForgotten = changes.some(({ type }) => type === "forgotten");
    // The stored cursor belongs to the dropped data: continuing from it would not read the data again.
    return { ...progress, ...(isForgotten && { cursor: progress?.cursor ?? null }), ...write };
  }

  #apply(
    change: Change,
    write: { messages: Message[]; dropped: string[]; outbox: OutboxEntry[]; settled: string[] },
  ): void {
    const { emitter, presence, directory, outcome } = this.#parts;
    switch (change.type) {
      case "message": {
        const { message } = change;
        if (message.seq <= (this.#positions.get(message.conversation_id) ?? 0)) return;
        this.#positions.set(message.conversation_id, message.seq);
        if (isLasting(message)) write.messages.push(message);
        // The timeline comes before the outbox, whose change makes the timeline load missing messages.
        this.#timelines.get(message.conversation_id)?.message(message);
        const entry = this.outbox.match(message);
        if (entry) {
          this.outbox.delete(entry.client_msg_id);
          write.settled.push(entry.client_msg_id);
          outcome.sent(entry.client_msg_id, ackOf(message));
        }
        this.conversations.message(message);
        this.typing.message(message);
        emitter.emit("message", message);
        return;
      }
      case "changed": {
        const { message } = change.change;
        // A message that the feed has yet to deliver is delivered as it is now.
        if (message.seq > (this.#positions.get(message.conversation_id) ?? 0)) return;
        if (isLasting(message)) write.messages.push(message);
        this.#changed.set(message.server_msg_id, message);
        this.#timelines.get(message.conversation_id)?.replace(message);
        this.conversations.changed(change.change);
        emitter.emit("changed", message);
        return;
      }
      case "read":
        this.conversations.read(change.read);
        emitter.emit("read", change.read);
        return;
      case "receipt":
        this.conversations.receipt(change.receipt);
        emitter.emit("receipt", change.receipt);
        return;
      case "presence":
        presence.set(change.items);
        emitter.emit("presence", change.items);
        return;
      case "group":
        directory.readGroup(change.group.group_id);
        emitter.emit("group", change.group);
        return;
      case "options": {
        this.conversations.options(change.options);
        const conversation = this.conversations.get(change.options.conversation_id);
        if (conversation) emitter.emit("conversation", conversation);
        return;
      }
      case "profile":
        directory.setProfile(change.profile);
        emitter.emit("profile", change.profile);
        return;
      case "typing":
        this.typing.typing(change.typing);
        emitter.emit("typing", change.typing);
        return;
      case "forgotten":
        write.dropped.push(...this.#forget(change.since));
        return;
      case "positions":
        this.#positions.clear();
        for (const [id, seq] of change.positions) this.#positions.set(id, seq);
        write.dropped.push(...this.conversations.retain(new Set(this.#positions.keys())));
        this.#touchTimelines();
        if (this.#cursor !== undefined) this.#parts.missed();
        return;
      case "conversations": {
        this.conversations.list(change.conversations, change.first);
        for (const { conversation_id } of change.conversations) {
          this.#timelines.get(conversation_id)?.touch();
        }
        for (const id of change.found ?? []) {
          const found = this.conversations.get(id);
          if (found) emitter.emit("conversation", found);
        }
        return;
      }
      case "queued":
        this.outbox.set(change.entry);
        write.outbox.push(change.entry);
        return;
      case "sent": {
        const entry = this.outbox.get(change.clientMsgId);
        write.settled.push(change.clientMsgId);
        outcome.sent(change.clientMsgId, change.ack);
        if (!entry) return;
        // The message stays until the feed delivers it, unless it already has.
        const isKnown = (this.#positions.get(entry.conversation_id) ?? 0) >= change.ack.seq;
        if (isKnown) this.outbox.delete(entry.client_msg_id);
        else this.outbox.set({ ...entry, status: "stored", ack: change.ack });
        return;
      }
      case "failed": {
        const entry = this.outbox.get(change.clientMsgId);
        outcome.failed(change.clientMsgId, change.error);
        if (!entry) return;
        const failed: OutboxEntry = { ...entry, status: "failed", error: change.error };
        this.outbox.set(failed);
        write.outbox.push(failed);
        return;
      }
      case "discarded":
        this.outbox.delete(change.clientMsgId);
        write.settled.push(change.clientMsgId);
        outcome.discarded(change.clientMsgId);
        return;
      case "state":
        this.#state = change.state;
        this.state.touch();
        emitter.emit("state", change.state);
        if (change.state.status === "kicked") emitter.emit("kicked", change.state.reason);
    }
  }

  /**
   * Drops all data from the server, and returns the conversations concerned. Messages that the server has not
   * acknowledged stay.
   */
  #forget(history: string | undefined): Set<string> {
    const { emitter, forgotten } = this.#parts;
    const ids = this.conversations.rows.map((row) => row.conversation.conversation_id);
    const known = new Set([...this.#positions.keys(), ...ids]);
    this.#history = history;
    this.#cursor = undefined;
    this.#positions.clear();
    this.conversations.replace([]);
    for (const entry of this.outbox.entries) {
      if (entry.status === "stored") this.outbox.delete(entry.client_msg_id);
    }
    this.typing.clear();
    this.#changed.clear();
    for (const timeline of this.#timelines.values()) timeline.forget();
    forgotten();
    emitter.emit("reset", undefined);
    return known;
  }

  #progress({ cursor, positions }: FeedState): void {
    const started = this.#cursor === undefined && cursor !== undefined;
    this.#cursor = cursor;
    for (const [id, seq] of positions) {
      this.#positions.set(id, Math.max(seq, this.#positions.get(id) ?? 0));
    }
    if (started) this.#touchTimelines();
  }

  #touchTimelines(): void {
    for (const timeline of this.#timelines.values()) timeline.touch();
  }
}

function ackOf({ server_msg_id, conversation_id, seq, send_time }: Message): Ack {
  return { server_msg_id, conversation_id, seq, send_time };
}
