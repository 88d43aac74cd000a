import { bounded, persist, type Persistence } from "./backoff.js";
import type { Content } from "./content.js";
import { LongwaveError, type Failure } from "./errors.js";
import type { Ack, Message } from "./types.js";

/** A message that the user wrote, until the feed delivers it as a stored one. */
export interface OutboxEntry extends Content {
  readonly client_msg_id: string;
  readonly conversation_id: string;
  /** The place in the outbox: entries are shown and sent in ascending order. */
  readonly n: number;
  /** The time of writing by this device's clock, in Unix milliseconds: only for display. */
  readonly written_at: number;
  /** `queued` until the server has stored or refused it; `stored` until the feed delivers it. */
  readonly status: "queued" | "failed" | "stored";
  /** The reason why it failed for good. */
  readonly error?: Failure;
  /** The server's acknowledgement. */
  readonly ack?: Ack;
}

/** Messages that the user wrote and the feed has not delivered yet. */
export class Outbox {
  readonly #userId: string;
  readonly #entries = new Map<string, OutboxEntry>();
  readonly #touched: (conversationId: string) => void;

  /** `touched` is called with the conversation of each change. */
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

  /** The next free place, after all others. */
  get end(): number {
    return Math.max(0, ...this.entries.map((entry) => entry.n)) + 1;
  }

  /** A new entry after all others, which is not added yet. */
  draft(clientMsgId: string, conversationId: string, { content_type, content }: Content): OutboxEntry {
    return {
      client_msg_id: clientMsgId,
      conversation_id: conversationId,
      content_type,
      content,
      n: this.end,
      written_at: Date.now(),
      status: "queued",
    };
  }

  /** The conversations with queued messages. */
  get waiting(): Set<string> {
    return new Set(this.entries.filter(isQueued).map((entry) => entry.conversation_id));
  }

  /** The oldest queued message of a conversation. */
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

  /** The entry of a stored message, which no longer needs an acknowledgement. */
  match(message: Message): OutboxEntry | undefined {
    const entry = this.#entries.get(message.client_msg_id);
    const same = message.sender_id === this.#userId && message.conversation_id === entry?.conversation_id;
    return same ? entry : undefined;
  }
}

/** The dependencies of sending. */
export interface Sending extends Persistence {
  readonly outbox: Outbox;
  readonly send: (entry: OutboxEntry, signal: AbortSignal) => Promise<Ack>;
  readonly sent: (entry: OutboxEntry, ack: Ack) => Promise<void>;
  readonly failed: (entry: OutboxEntry, error: LongwaveError) => Promise<void>;
}

/**
 * Sends the messages in the outbox: those of a conversation one by one in the order of writing, and different
 * conversations independently. Without a network, and while the server fails or asks to wait, a message waits
 * and none overtakes it. A message fails if the server refuses it, or if another program keeps answering; the
 * next one of the conversation follows.
 *
 * @returns the function to call after each change of the outbox.
 */
export function sendAll(sending: Sending): () => void {
  const { outbox, signal } = sending;
  /** By conversation, the message that is being sent. */
  const current = new Map<string, { readonly entry: OutboxEntry; readonly stop: AbortController }>();
  /** The conversations that are sending their messages. */
  const running = new Set<string>();
  let isOver = false;

  const send = async (entry: OutboxEntry) => {
    const stop = new AbortController();
    const end = () => {
      stop.abort();
    };
    signal.addEventListener("abort", end);
    current.set(entry.conversation_id, { entry, stop });
    try {
      const how = bounded({ ...sending, signal: stop.signal });
      const ack = await persist(() => sending.send(entry, stop.signal), how);
      await sending.sent(entry, ack);
    } catch (error) {
      if (!(error instanceof LongwaveError)) throw error;
      // The end of the login says nothing about the message: it stays for the next login.
      if (error.isUnauthorized) isOver = true;
      else if (error.kind !== "aborted") await sending.failed(entry, error);
    } finally {
      signal.removeEventListener("abort", end);
      current.delete(entry.conversation_id);
    }
  };
  const run = async (conversationId: string) => {
    running.add(conversationId);
    try {
      let entry = outbox.next(conversationId);
      while (entry && !isOver && !signal.aborted) {
        await send(entry);
        entry = outbox.next(conversationId);
      }
    } finally {
      // After an unexpected error too: otherwise no message of the conversation is sent until a reload.
      running.delete(conversationId);
    }
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
