import { persist, type Persistence } from "./backoff.js";
import type { Content } from "./content.js";
import { LongwaveError, type Failure } from "./errors.js";
import type { Ack, Message } from "./types.js";

/** A message that the user wrote, until it comes back as a stored one. */
export interface OutboxEntry extends Content {
  readonly client_msg_id: string;
  readonly conversation_id: string;
  /** Its place among those that wait. */
  readonly n: number;
  /** When it was written, by this device's clock, in Unix milliseconds: to show, never to compare. */
  readonly written_at: number;
  /** `queued` until the server has it or refused it; `stored` until it comes down the feed. */
  readonly status: "queued" | "failed" | "stored";
  /** Why it failed for good. */
  readonly error?: Failure;
  /** Where it is stored. */
  readonly ack?: Ack;
}

/** What the user wrote and the feed has not brought back yet. */
export class Outbox {
  readonly #userId: string;
  readonly #entries = new Map<string, OutboxEntry>();
  readonly #touched: (conversationId: string) => void;

  /** `touched` hears of the conversation of each change. */
  constructor(userId: string, touched: (conversationId: string) => void) {
    this.#userId = userId;
    this.#touched = touched;
  }

  get entries(): OutboxEntry[] {
    return [...this.#entries.values()].sort((a, b) => a.n - b.n);
  }

  get(clientMsgId: string): OutboxEntry | undefined {
    return this.#entries.get(clientMsgId);
  }

  /** The place behind all the others. */
  get end(): number {
    return Math.max(0, ...this.entries.map((entry) => entry.n)) + 1;
  }

  /** The conversations in which something waits to be sent. */
  get waiting(): Set<string> {
    return new Set(this.entries.filter(isQueued).map((entry) => entry.conversation_id));
  }

  /** What waits the longest to be sent in a conversation. */
  next(conversationId: string): OutboxEntry | undefined {
    return this.of(conversationId).find(isQueued);
  }

  of(conversationId: string): OutboxEntry[] {
    return this.entries.filter((entry) => entry.conversation_id === conversationId);
  }

  set(entry: OutboxEntry): void {
    this.#entries.set(entry.client_msg_id, entry);
    this.#touched(entry.conversation_id);
  }

  delete(clientMsgId: string): void {
    const entry = this.#entries.get(clientMsgId);
    if (!entry) return;
    this.#entries.delete(clientMsgId);
    this.#touched(entry.conversation_id);
  }

  /** The entry that a stored message is, which needs no answer of its own any more. */
  match(message: Message): OutboxEntry | undefined {
    const entry = this.#entries.get(message.client_msg_id);
    const same = message.sender_id === this.#userId && message.conversation_id === entry?.conversation_id;
    return same ? entry : undefined;
  }
}

/** What sending needs of its surroundings. */
export interface Sending extends Persistence {
  readonly outbox: Outbox;
  readonly send: (entry: OutboxEntry, signal: AbortSignal) => Promise<Ack>;
  readonly sent: (entry: OutboxEntry, ack: Ack) => Promise<void>;
  readonly failed: (entry: OutboxEntry, error: LongwaveError) => Promise<void>;
}

/** How often a message is tried that something answers in the server's place. */
const TRIES = 5;

/**
 * Sends what is in the outbox: in each conversation one after the other in the order in which it was written,
 * and no conversation waits for another one. A network that is away, and a server that fails or asks to wait,
 * are waited for: nothing overtakes. What the server refuses has failed, and so has, after {@link TRIES} tries,
 * what something else answers in its place; the next one of the conversation then has its turn. Gives the
 * function to call when something was put in or taken out.
 */
export function sendAll(sending: Sending): () => void {
  const { outbox, signal } = sending;
  /** By conversation, what is being sent. */
  const current = new Map<string, { readonly entry: OutboxEntry; readonly stop: AbortController }>();
  /** The conversations in which something is sent after the other. */
  const running = new Set<string>();
  let isOver = false;

  const send = async (entry: OutboxEntry) => {
    const stop = new AbortController();
    const end = () => {
      stop.abort();
    };
    signal.addEventListener("abort", end);
    current.set(entry.conversation_id, { entry, stop });
    let tries = 0;
    const again = (error: LongwaveError) => {
      if (error.recovery === "bounded") tries += 1;
      return error.isTemporary && tries < TRIES;
    };
    const steady = (error: LongwaveError) => error.status === 429 || error.recovery === "bounded";
    try {
      const how = { ...sending, signal: stop.signal, again, steady };
      const ack = await persist(() => sending.send(entry, stop.signal), how);
      await sending.sent(entry, ack);
    } catch (error) {
      if (!(error instanceof LongwaveError)) throw error;
      // A login that is over says nothing about the message: it stays, for the next one.
      if (error.isUnauthorized) isOver = true;
      else if (error.kind !== "aborted") await sending.failed(entry, error);
    } finally {
      signal.removeEventListener("abort", end);
      current.delete(entry.conversation_id);
    }
  };
  const run = async (conversationId: string) => {
    running.add(conversationId);
    let entry = outbox.next(conversationId);
    while (entry && !isOver && !signal.aborted) {
      await send(entry);
      entry = outbox.next(conversationId);
    }
    running.delete(conversationId);
  };
  const wake = () => {
    for (const { entry, stop } of current.values()) {
      if (outbox.get(entry.client_msg_id)?.status !== "queued") stop.abort();
    }
    for (const id of outbox.waiting) if (!running.has(id)) void run(id);
  };
  wake();
  return wake;
}

function isQueued(entry: OutboxEntry): boolean {
  return entry.status === "queued";
}
