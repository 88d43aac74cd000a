import { failureOf, LongwaveError, report, type Failure } from "./errors.js";
import type { OutboxEntry } from "./outbox.js";
import { requoted } from "./quote.js";
import type { Message, Quote } from "./types.js";
import { Live, type View } from "./view.js";

/** Number of messages in a page of history. */
const PAGE = 50;

/** Number of messages that a timeline without listeners keeps. */
const IDLE = 100;

/** A message as a page shows it: stored, or pending. */
export interface Entry extends Pick<
  Message,
  "client_msg_id" | "sender_id" | "content_type" | "content" | "send_time"
> {
  /** Stays the same while a message goes from `sending` to `sent`; unique in its conversation. */
  readonly key: string;
  /**
   * `sending` until the server has the message; `failed` if it was refused for good: see `retry` and
   * `discard`.
   */
  readonly status: "sent" | "sending" | "failed";
  /** The seq of a sent message. */
  readonly seq?: number;
  /** How the content was erased: `revoked` is shown in its place, `removed` is not shown at all. */
  readonly erased?: "revoked" | "removed";
  /** Whether the sender has edited the message. */
  readonly edited?: true;
  /** The message that this one quotes. */
  readonly quote?: Quote;
  /** The reason of a failure. */
  readonly error?: Failure;
}

/** The state of a timeline to show. */
export interface TimelineSnapshot {
  /** Stored messages by seq without a gap, then pending ones in the order in which they were written. */
  readonly entries: readonly Entry[];
  /** Whether `loadOlder` may load more. */
  readonly hasOlder: boolean;
  /** Whether messages are being loaded. */
  readonly isLoading: boolean;
  /** The reason why the last load failed. */
  readonly error?: Failure;
}

/** The dependencies of a timeline. */
export interface TimelineSource {
  /** All visible messages of a range; waits for the network. */
  range(begin: number, end: number): Promise<Message[]>;
  /** The seq up to which the feed has delivered the conversation; `undefined` before it is known. */
  position(): number | undefined;
  /** The lowest visible seq. */
  floor(): number;
  /** The pending messages. */
  pending(): readonly OutboxEntry[];
  readonly userId: string;
}

/** The messages of a conversation from some seq on, and the pending ones. */
export class Timeline implements View<TimelineSnapshot> {
  readonly #source: TimelineSource;
  /** All visible messages with a seq from `low` to `high`. */
  #stored: Stored[] = [];
  #low = 0;
  #high: number | undefined;
  /** Whether no earlier message than `low` is visible. */
  #clipped = false;
  /** Changes whenever all messages were dropped, which makes loads in progress useless. */
  #era = 0;
  #loading: Promise<void> | undefined;
  #error: Failure | undefined;
  readonly #live: Live<TimelineSnapshot>;

  /** Calls the listener after each change. The first listener makes the newest messages load. */
  readonly subscribe: View<TimelineSnapshot>["subscribe"];
  /** The current state to show. */
  readonly snapshot: View<TimelineSnapshot>["snapshot"];

  /** @internal */
  constructor(source: TimelineSource) {
    this.#source = source;
    this.#live = new Live(
      () => this.#compute(),
      (watched) => {
        if (watched) this.#open();
        else this.#trim();
      },
    );
    this.subscribe = this.#live.subscribe;
    this.snapshot = this.#live.snapshot;
  }

  /**
   * Loads an older page, or the newest messages if none are loaded; does nothing during another load. Waits
   * for the network; a failure is in `error` of the snapshot.
   */
  loadOlder(): Promise<void> {
    if (this.#high === undefined) this.#open();
    else this.#run(() => this.#load());
    return this.#loading ?? Promise.resolve();
  }

  /** @internal Takes in a message of the feed, which has already advanced the position. */
  message(message: Message): void {
    if (this.#high === undefined || message.seq <= this.#high) return;
    if (message.seq === this.#high + 1) {
      this.#stored = [...this.#stored, entryOf(message)];
      this.#high = message.seq;
      this.#trim();
      this.#live.touch();
    } else {
      this.#run(() => this.#fill());
    }
  }

  /** @internal Takes in a message that changed. */
  replace(message: Message): void {
    this.#stored = this.#stored.map((entry) =>
      entry.seq === message.seq ? entryOf(message) : requoted(entry, message),
    );
    this.#live.touch();
  }

  /** @internal Takes in that the position, the floor or the pending messages may have changed. */
  touch(): void {
    const position = this.#source.position();
    if (this.#high === undefined) {
      if (this.#live.isWatched) this.#open();
    } else if (position !== undefined && position < this.#high) {
      // The server lost its newest messages, and the ones below may be of another history too.
      this.forget();
      if (this.#live.isWatched) this.#open();
    } else if (position !== undefined && position > this.#high) {
      this.#run(() => this.#fill());
    }
    const floor = this.#source.floor();
    if (this.#high !== undefined && this.#low < floor) {
      this.#stored = this.#stored.filter((entry) => entry.seq >= floor);
      this.#low = Math.min(floor, this.#high + 1);
    }
    this.#live.touch();
  }

  /** @internal Drops all stored messages: the server has another history. Pending ones stay. */
  forget(): void {
    this.#era += 1;
    this.#stored = [];
    this.#high = undefined;
    this.#low = 0;
    this.#clipped = false;
    this.#loading = undefined;
    this.#error = undefined;
    this.#live.touch();
  }

  #open(): void {
    const position = this.#source.position();
    if (this.#high !== undefined || position === undefined) return;
    this.#start(position);
    this.#run(() => this.#load());
  }

  #start(position: number): void {
    this.#stored = [];
    this.#high = position;
    this.#low = position + 1;
    this.#clipped = false;
  }

  /** Runs one load at a time; `touch` then handles messages that the feed delivered meanwhile. */
  #run(load: () => Promise<void>): void {
    if (this.#loading) return;
    const loading = load().finally(() => {
      if (this.#loading !== loading) return;
      this.#loading = undefined;
      this.touch();
    });
    this.#loading = loading;
  }

  /** Loads the previous page. */
  async #load(): Promise<void> {
    const end = this.#low - 1;
    const begin = Math.max(this.#source.floor(), end - PAGE + 1);
    if (end < begin || this.#clipped) return;
    const era = this.#era;
    const entries = await this.#range(begin, end);
    // The loaded page must still precede the first message.
    if (!entries || era !== this.#era || this.#low !== end + 1) return;
    this.#stored = [...entries, ...this.#stored];
    this.#low = begin;
    this.#clipped = entries[0]?.seq !== begin;
  }

  /** Loads messages that the feed delivered to another tab only. */
  async #fill(): Promise<void> {
    const [high, position] = [this.#high, this.#source.position()];
    if (high === undefined || position === undefined || position <= high) return;
    if (position - high > IDLE) {
      this.#start(position);
      await this.#load();
      return;
    }
    const era = this.#era;
    const entries = await this.#range(high + 1, position);
    if (era !== this.#era) return;
    if (!entries) {
      // A gap must not be hidden.
      this.#start(position);
      return;
    }
    // Messages that arrived meanwhile are after `position`: `touch` loads them.
    this.#stored = [...this.#stored.filter((entry) => entry.seq <= high), ...entries];
    this.#high = position;
    this.#trim();
  }

  async #range(begin: number, end: number): Promise<Stored[] | undefined> {
    this.#error = undefined;
    this.#live.touch();
    const era = this.#era;
    try {
      return (await this.#source.range(begin, end)).map(entryOf);
    } catch (error) {
      if (!(error instanceof LongwaveError)) report(error);
      if (era === this.#era) this.#error = failureOf(error);
      return undefined;
    }
  }

  /** Without listeners, the newest messages are enough. */
  #trim(): void {
    if (this.#live.isWatched || this.#stored.length <= IDLE) return;
    this.#stored = this.#stored.slice(-IDLE);
    this.#low = this.#stored[0]?.seq ?? this.#low;
    this.#clipped = false;
    this.#live.touch();
  }

  #compute(): TimelineSnapshot {
    const { userId } = this.#source;
    const high = this.#high ?? 0;
    const pending = this.#source
      .pending()
      .filter((entry) => entry.ack === undefined || entry.ack.seq > high)
      .map((entry) => pendingEntryOf(entry, userId))
      // A pending message of another tab may be stored already.
      .filter(({ key }) => !this.#stored.some((entry) => entry.key === key));
    return {
      entries: [...this.#stored, ...pending],
      hasOlder: this.#high === undefined || (!this.#clipped && this.#low > this.#source.floor()),
      isLoading: this.#loading !== undefined,
      ...(this.#error && { error: this.#error }),
    };
  }
}

type Stored = Entry & { readonly seq: number };

function entryOf(message: Message): Stored {
  const { client_msg_id, sender_id, content_type, content, send_time, seq } = message;
  return {
    key: `${sender_id}/${client_msg_id}`,
    client_msg_id,
    sender_id,
    content_type,
    content,
    send_time,
    status: "sent",
    seq,
    ...(message.edited_at !== undefined && { edited: true }),
    ...(message.quote && { quote: message.quote }),
    ...(message.status && { erased: message.status === 1 ? "revoked" : "removed" }),
  };
}

function pendingEntryOf(entry: OutboxEntry, userId: string): Entry {
  const { client_msg_id, content_type, content, written_at, ack, error } = entry;
  return {
    key: `${userId}/${client_msg_id}`,
    client_msg_id,
    sender_id: userId,
    content_type,
    content,
    send_time: ack?.send_time ?? written_at,
    status: entry.status === "failed" ? "failed" : ack ? "sent" : "sending",
    ...(ack && { seq: ack.seq }),
    ...(error && { error }),
  };
}
