import type { Row } from "../conversations.js";
import type { OutboxEntry } from "../outbox.js";
import type { Message } from "../types.js";
import { KEPT, type Change, type Saved, type Store } from "./store.js";

/** A store that lasts as long as the program. */
export class MemoryStore implements Store {
  #cursor: string | undefined;
  readonly #positions = new Map<string, number>();
  readonly #rows = new Map<string, Row>();
  readonly #outbox = new Map<string, OutboxEntry>();
  readonly #messages = new Map<string, Map<number, Message>>();

  load(): Promise<Saved> {
    return Promise.resolve({
      cursor: this.#cursor,
      positions: [...this.#positions],
      rows: [...this.#rows.values()],
      outbox: [...this.#outbox.values()].sort((a, b) => a.n - b.n),
    });
  }

  write(change: Change): Promise<void> {
    if (change.cursor !== undefined) this.#cursor = change.cursor ?? undefined;
    for (const [id, seq] of change.positions ?? []) this.#positions.set(id, seq);
    for (const row of change.rows ?? []) this.#rows.set(row.conversation.conversation_id, row);
    for (const id of change.dropped ?? []) {
      this.#positions.delete(id);
      this.#rows.delete(id);
      this.#messages.delete(id);
    }
    for (const message of change.messages ?? []) this.#keep(message);
    for (const entry of change.outbox ?? []) this.#outbox.set(entry.client_msg_id, entry);
    for (const id of change.settled ?? []) this.#outbox.delete(id);
    return Promise.resolve();
  }

  messages(conversationId: string, begin: number, end: number): Promise<Message[]> {
    const kept = this.#messages.get(conversationId)?.values() ?? [];
    const range = [...kept].filter(({ seq }) => begin <= seq && seq <= end);
    return Promise.resolve(range.sort((a, b) => a.seq - b.seq));
  }

  shrink(): Promise<void> {
    this.#messages.clear();
    return Promise.resolve();
  }

  clear(): Promise<void> {
    this.#cursor = undefined;
    for (const map of [this.#positions, this.#rows, this.#outbox, this.#messages]) map.clear();
    return Promise.resolve();
  }

  close(): void {
    // Nothing is held open.
  }

  #keep(message: Message): void {
    const { conversation_id, seq } = message;
    const kept = this.#messages.get(conversation_id) ?? new Map<number, Message>();
    this.#messages.set(conversation_id, kept.set(seq, message));
    if (kept.size > KEPT) kept.delete(Math.min(...kept.keys()));
  }
}
