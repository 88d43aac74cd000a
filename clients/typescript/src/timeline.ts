import { LongwaveError, type Failure } from "./errors.js";
import type { OutboxEntry } from "./outbox.js";
import type { Message } from "./types.js";
import { Live, type View } from "./view.js";

/** How many messages a page of history has. */
const PAGE = 50;

/** How many messages a timeline that nobody looks at keeps. */
const IDLE = 100;

/** A message as a page shows it: a stored one, or one that is on its way. */
export interface Entry extends Pick<
  Message,
  "client_msg_id" | "sender_id" | "content_type" | "content" | "send_time"
> {
  /** The same while a message goes from `sending` to `sent`, and unique in its conversation. */
  readonly key: string;
  /** `sending` until the server has it; `failed` when it refused it for good: see `retry` and `discard`. */
  readonly status: "sent" | "sending" | "failed";
  /** Where it stands, once it is sent. */
  readonly seq?: number;
  /** Why it failed. */
  readonly error?: Failure;
}

/** What a page shows of a conversation. */
export interface TimelineSnapshot {
  /** Ascending by seq without a gap, then what is on its way in the order in which it was written. */
  readonly entries: readonly Entry[];
  /** Whether `loadOlder` may bring more. */
  readonly hasOlder: boolean;
  /** Whether messages are being loaded. */
  readonly isLoading: boolean;
  /** Why the last load was refused. */
  readonly error?: Failure;
}

/** What a timeline needs of its surroundings. */
export interface TimelineSource {
  /** All that can be seen of a range; waits for the network. */
  range(begin: number, end: number): Promise<Message[]>;
  /** The highest seq of which the feed has told; `undefined` before it knows. */
  position(): number | undefined;
  /** The lowest seq that can be seen. */
  floor(): number;
  /** What is on its way. */
  pending(): readonly OutboxEntry[];
  readonly userId: string;
}

/** The messages of a conversation from some place up to now, and what is on its way. */
export class Timeline implements View<TimelineSnapshot> {
  readonly #source: TimelineSource;
  /** All visible messages with a seq from `low` to `high`. */
  #stored: Stored[] = [];
  #low = 0;
  #high: number | undefined;
  /** Whether nothing can be seen before `low`. */
  #clipped = false;
  /** Another one after everything was dropped: what was being loaded then is of no use. */
  #era = 0;
  #loading: Promise<void> | undefined;
  #error: Failure | undefined;
  readonly #live: Live<TimelineSnapshot>;

  /** Calls back after each change. The first listener makes the newest messages load. */
  readonly subscribe: View<TimelineSnapshot>["subscribe"];
  /** What to show now. */
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
   * Loads a page of what was before, or the newest messages if there are none yet; does nothing while
   * something is loading. Waits for the network; what the server refuses is in `error` of the snapshot.
   */
  loadOlder(): Promise<void> {
    if (this.#high === undefined) this.#open();
    else this.#run(() => this.#load());
    return this.#loading ?? Promise.resolve();
  }

  /** @internal Takes in a message of the feed, whose position it has moved already. */
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

  /** @internal Takes in that the position, the floor or what is on its way may be another. */
  touch(): void {
    const position = this.#source.position();
    if (this.#high === undefined) {
      if (this.#live.isWatched) this.#open();
    } else if (position !== undefined && position < this.#high) {
      // The server lost its newest messages, and what is below them may be of another history too.
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

  /** @internal Drops what is shown of the server: it has another history. What is on its way stays. */
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

  /** Runs one load at a time; what the feed told of meanwhile is looked at afterwards. */
  #run(load: () => Promise<void>): void {
    if (this.#loading) return;
    const loading = load().finally(() => {
      if (this.#loading !== loading) return;
      this.#loading = undefined;
      this.touch();
    });
    this.#loading = loading;
  }

  /** Loads what comes before. */
  async #load(): Promise<void> {
    const end = this.#low - 1;
    const begin = Math.max(this.#source.floor(), end - PAGE + 1);
    if (end < begin || this.#clipped) return;
    const era = this.#era;
    const entries = await this.#range(begin, end);
    // What was loaded must still be what comes before.
    if (!entries || era !== this.#era || this.#low !== end + 1) return;
    this.#stored = [...entries, ...this.#stored];
    this.#low = begin;
    this.#clipped = entries[0]?.seq !== begin;
  }

  /** Loads what the feed told of and this does not have: another tab took it in. */
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
      // A hole must not be shown as if it were none.
      this.#start(position);
      return;
    }
    // Messages that came meanwhile stand behind the same hole.
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
      if (!(error instanceof LongwaveError)) throw error;
      if (era === this.#era) this.#error = error.failure;
      return undefined;
    }
  }

  /** Where nobody looks, the newest messages are enough. */
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
      // One that another tab left behind may be stored already.
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
  const key = `${sender_id}/${client_msg_id}`;
  return { key, client_msg_id, sender_id, content_type, content, send_time, status: "sent", seq };
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
