import type { Row } from "../conversations.js";
import type { Position } from "../feed.js";
import type { OutboxEntry } from "../outbox.js";
import type { Message } from "../types.js";

/** How many messages of each conversation are kept, the newest: the others are history. */
export const KEPT = 200;

/** What a store holds of an account. */
export interface Saved {
  readonly cursor: string | undefined;
  readonly positions: readonly Position[];
  readonly rows: readonly Row[];
  readonly outbox: readonly OutboxEntry[];
}

/** What to write, all of it or nothing. */
export interface Change {
  readonly cursor?: string | undefined;
  readonly positions?: readonly Position[];
  readonly rows?: readonly Row[];
  /** Conversations that are no more. */
  readonly dropped?: readonly string[];
  readonly messages?: readonly Message[];
  readonly outbox?: readonly OutboxEntry[] | undefined;
  /** The `client_msg_id`s of what is not in the outbox any more. */
  readonly settled?: readonly string[] | undefined;
}

/**
 * What survives a reload, of one account. The outbox and the cursor with its positions must be durable; the
 * conversations belong to the cursor; the messages are only a cache, of {@link KEPT} a conversation.
 */
export interface Store {
  load(): Promise<Saved>;
  write(change: Change): Promise<void>;
  /** What is kept of a range, ascending by seq. */
  messages(conversationId: string, begin: number, end: number): Promise<Message[]>;
  /** Makes room: drops the messages. */
  shrink(): Promise<void>;
  /** Drops everything. */
  clear(): Promise<void>;
  close(): void;
}

/** A store that makes room by itself. */
export type RoomyStore = Omit<Store, "shrink">;
