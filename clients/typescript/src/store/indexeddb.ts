import { openDB, type DBSchema, type IDBPDatabase } from "idb";
import type { Row } from "../conversations.js";
import type { OutboxEntry } from "../outbox.js";
import type { Message } from "../types.js";
import { KEPT, type Change, type Saved, type Store } from "./store.js";

interface Schema extends DBSchema {
  cursor: { key: 0; value: string };
  positions: { key: string; value: number };
  rows: { key: string; value: Row };
  messages: { key: [string, number]; value: Message };
  outbox: { key: string; value: OutboxEntry };
}

const TABLES = ["cursor", "positions", "rows", "messages", "outbox"] as const;

/** A store in the browser's IndexedDB. */
export class IndexedDbStore implements Store {
  readonly #database: IDBPDatabase<Schema>;

  private constructor(database: IDBPDatabase<Schema>) {
    this.#database = database;
  }

  /**
   * Opens the store of this name.
   *
   * @throws if IndexedDB does not exist or may not be used.
   */
  static async open(name: string): Promise<IndexedDbStore> {
    const database = await openDB<Schema>(name, 1, {
      upgrade(database) {
        for (const table of TABLES) database.createObjectStore(table);
      },
      blocking(_current, _blocked, event) {
        // A newer version of this package in another tab wants to upgrade the database.
        (event.target as IDBDatabase).close();
      },
    });
    return new IndexedDbStore(database);
  }

  async load(): Promise<Saved> {
    const transaction = this.#database.transaction(TABLES);
    const positions = transaction.objectStore("positions");
    const [cursor, ids, seqs, rows, outbox] = await Promise.all([
      transaction.objectStore("cursor").get(0),
      positions.getAllKeys(),
      positions.getAll(),
      transaction.objectStore("rows").getAll(),
      transaction.objectStore("outbox").getAll(),
      transaction.done,
    ]);
    return {
      cursor,
      positions: ids.map((id, at) => [id, seqs[at] ?? 0]),
      rows,
      outbox: outbox.sort((a, b) => a.n - b.n),
    };
  }

  async write(change: Change): Promise<void> {
    // Messages that the user wrote must survive a power cut; the server still has everything else.
    const durability = change.outbox?.length ? "strict" : "default";
    const transaction = this.#database.transaction(TABLES, "readwrite", { durability });
    const [cursor, positions, rows, messages, outbox] = [
      transaction.objectStore("cursor"),
      transaction.objectStore("positions"),
      transaction.objectStore("rows"),
      transaction.objectStore("messages"),
      transaction.objectStore("outbox"),
    ];
    const writes: Promise<unknown>[] = [];
    if (change.cursor === null) writes.push(cursor.delete(0));
    else if (change.cursor !== undefined) writes.push(cursor.put(change.cursor, 0));
    for (const [id, seq] of change.positions ?? []) writes.push(positions.put(seq, id));
    for (const row of change.rows ?? []) writes.push(rows.put(row, row.conversation.conversation_id));
    for (const id of change.dropped ?? []) {
      writes.push(positions.delete(id), rows.delete(id), messages.delete(seqs(id, 0, Infinity)));
    }
    const touched = new Set<string>();
    for (const message of change.messages ?? []) {
      touched.add(message.conversation_id);
      writes.push(messages.put(message, [message.conversation_id, message.seq]));
    }
    for (const id of touched) writes.push(trim(messages, id));
    for (const entry of change.outbox ?? []) writes.push(outbox.put(entry, entry.client_msg_id));
    for (const id of change.settled ?? []) writes.push(outbox.delete(id));
    await Promise.all([...writes, transaction.done]);
  }

  messages(conversationId: string, begin: number, end: number): Promise<Message[]> {
    return this.#database.getAll("messages", seqs(conversationId, begin, end));
  }

  shrink(): Promise<void> {
    return this.#database.clear("messages");
  }

  async clear(): Promise<void> {
    const transaction = this.#database.transaction(TABLES, "readwrite");
    const clears = TABLES.map((table) => transaction.objectStore(table).clear());
    await Promise.all([...clears, transaction.done]);
  }

  close(): void {
    this.#database.close();
  }
}

function seqs(conversationId: string, begin: number, end: number): IDBKeyRange {
  return IDBKeyRange.bound([conversationId, begin], [conversationId, end]);
}

/** Drops all but the newest messages of a conversation. */
async function trim(
  messages: {
    openKeyCursor(
      range: IDBKeyRange,
      direction: "prev",
    ): Promise<{
      key: [string, number];
      advance(by: number): Promise<{ key: [string, number] } | null>;
    } | null>;
    delete(range: IDBKeyRange): Promise<void>;
  },
  id: string,
): Promise<void> {
  const newest = await messages.openKeyCursor(seqs(id, 0, Infinity), "prev");
  const surplus = await newest?.advance(KEPT);
  if (surplus) await messages.delete(seqs(id, 0, surplus.key[1]));
}
