import type { Row } from "../conversations.js";
import type { Position } from "../feed.js";
import type { OutboxEntry } from "../outbox.js";
import type { Message } from "../types.js";

/** Number of messages to keep of each conversation, the newest ones: older ones are read from the server. */
export const KEPT = 200;

/** The stored data of an account, without its messages. */
export interface Saved {
  readonly cursor: string | undefined;
  readonly positions: readonly Position[];
  readonly rows: readonly Row[];
  readonly outbox: readonly OutboxEntry[];
}

/** An atomic change of a store. */
export interface Change {
  /** The new cursor; null deletes the stored one; if absent, it stays. */
  readonly cursor?: string | null | undefined;
  readonly positions?: readonly Position[];
  readonly rows?: readonly Row[];
  /** Conversations to delete. */
  readonly dropped?: readonly string[];
  readonly messages?: readonly Message[];
  readonly outbox?: readonly OutboxEntry[] | undefined;
  /** The `client_msg_id`s that have left the outbox. */
  readonly settled?: readonly string[] | undefined;
}

/**
 * The data of one account that survives a reload. The outbox and the cursor with its positions must be
 * durable; the conversations belong to the cursor; the messages are only a cache, of {@link KEPT} per
 * conversation.
 */
export interface Store {
  load(): Promise<Saved>;
  write(change: Change): Promise<void>;
  /** The stored messages of a range, ascending by seq. */
  messages(conversationId: string, begin: number, end: number): Promise<Message[]>;
  /** Makes room by dropping the messages. */
  shrink(): Promise<void>;
  /** Drops all data. */
  clear(): Promise<void>;
  close(): void;
}

/** A store that makes room by itself. */
export type RoomyStore = Omit<Store, "shrink">;
