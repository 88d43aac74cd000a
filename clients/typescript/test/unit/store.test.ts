import { IDBFactory } from "fake-indexeddb";
import "fake-indexeddb/auto";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { OutboxEntry } from "../../src/outbox.js";
import { IndexedDbStore, MemoryStore, type Store } from "../../src/index.js";
import { SafeStore } from "../../src/store/safe.js";
import { KEPT } from "../../src/store/store.js";
import { conversation, message, range } from "./made.js";

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory();
});

function entry(id: string, n: number): OutboxEntry {
  return {
    client_msg_id: id,
    conversation_id: "a",
    content_type: 1,
    content: "{}",
    n,
    written_at: 0,
    status: "queued",
  };
}

const row = (id: string, rank: number) => ({ conversation: conversation(id), rank });

describe.for([
  ["memory", () => Promise.resolve(new MemoryStore())],
  ["IndexedDB", () => IndexedDbStore.open("account")],
] as [string, () => Promise<Store>][])("a store in %s", ([, open]) => {
  test("is empty at first, and returns the last written data", async () => {
    const store = await open();
    expect(await store.load()).toEqual({ cursor: undefined, positions: [], rows: [], outbox: [] });
    await store.write({
      cursor: "1",
      positions: [
        ["a", 1],
        ["b", 2],
      ],
      rows: [row("a", 1), row("b", 2)],
    });
    await store.write({ outbox: [entry("second", 2), entry("first", 1), entry("gone", 3)] });
    await store.write({ cursor: "2", positions: [["a", 7]], rows: [row("a", 3)], settled: ["gone"] });
    await store.write({ cursor: undefined });
    expect(await store.load()).toEqual({
      cursor: "2",
      positions: [
        ["a", 7],
        ["b", 2],
      ],
      rows: [row("a", 3), row("b", 2)],
      outbox: [entry("first", 1), entry("second", 2)],
    });
  });

  test("deletes its cursor only for null", async () => {
    const store = await open();
    await store.write({ cursor: "1" });
    await store.write({ positions: [] });
    expect(await store.load()).toMatchObject({ cursor: "1" });
    await store.write({ cursor: null });
    expect(await store.load()).toMatchObject({ cursor: undefined });
  });

  test("keeps the newest messages of each conversation, and returns ranges of them", async () => {
    const store = await open();
    const messages = range(1, KEPT + 50).map((seq) => message("a", seq));
    await store.write({ messages: [...messages, message("b", 1)] });
    const seqs = async (id: string, begin: number, end: number) => {
      return (await store.messages(id, begin, end)).map((it) => it.seq);
    };
    expect(await seqs("a", 1, 1000)).toEqual(range(51, KEPT + 50));
    expect(await seqs("a", 60, 62)).toEqual([60, 61, 62]);
    expect(await seqs("b", 1, 1)).toEqual([1]);
    // Older messages that a user scrolled to do not replace newer ones.
    await store.write({ messages: [message("a", 2)] });
    expect(await seqs("a", 1, 1000)).toEqual(range(51, KEPT + 50));
    await store.shrink();
    expect(await seqs("a", 1, 1000)).toEqual([]);
  });

  test("deletes a dropped conversation, and everything when it is cleared", async () => {
    const store = await open();
    const write = {
      positions: [
        ["a", 1],
        ["b", 1],
      ] as const,
      rows: [row("a", 1), row("b", 2)],
    };
    await store.write({ ...write, messages: [message("a", 1)], cursor: "1", outbox: [entry("m", 1)] });
    await store.write({ dropped: ["a"] });
    expect(await store.load()).toMatchObject({ positions: [["b", 1]], rows: [row("b", 2)] });
    expect(await store.messages("a", 1, 1)).toEqual([]);
    await store.clear();
    expect(await store.load()).toEqual({ cursor: undefined, positions: [], rows: [], outbox: [] });
    store.close();
  });
});

test("data in IndexedDB survives a reload", async () => {
  const store = await IndexedDbStore.open("account");
  await store.write({ cursor: "1", outbox: [entry("m", 1)] });
  store.close();
  const again = await IndexedDbStore.open("account");
  expect(await again.load()).toMatchObject({ cursor: "1", outbox: [{ client_msg_id: "m" }] });
  expect(await (await IndexedDbStore.open("another")).load()).toMatchObject({ outbox: [] });
});

test("a newer version of the package in another tab is not blocked", async () => {
  const store = await IndexedDbStore.open("account");
  const lost = vi.fn();
  const safe = new SafeStore(() => Promise.resolve(store), lost);
  await safe.write({ cursor: "1" });
  const newer = indexedDB.open("account", 2);
  await new Promise((resolve) => {
    newer.onsuccess = resolve;
  });
  await safe.write({ cursor: "2" });
  expect(await safe.load()).toMatchObject({ cursor: "2" });
  expect(lost).toHaveBeenCalledTimes(1);
});

test("a connection that the browser ended is replaced, once for simultaneous calls", async () => {
  const stores: IndexedDbStore[] = [];
  const open = vi.fn(async () => {
    const store = await IndexedDbStore.open("account");
    stores.push(store);
    return store;
  });
  const lost = vi.fn();
  const safe = new SafeStore(open, lost);
  await safe.write({ cursor: "1" });
  stores[0]?.close();
  await Promise.all([safe.write({ outbox: [entry("m", 1)] }), safe.messages("a", 1, 9)]);
  expect(await stores[1]?.load()).toMatchObject({ cursor: "1", outbox: [{ client_msg_id: "m" }] });
  expect(open).toHaveBeenCalledTimes(2);
  expect(lost).not.toHaveBeenCalled();
  safe.close();
});

/** A store that fails a number of times before it writes. */
function failing(...errors: Error[]) {
  class Failing extends MemoryStore {
    override readonly shrink = vi.fn(() => Promise.resolve());
    override write(...change: Parameters<MemoryStore["write"]>): Promise<void> {
      const error = errors.shift();
      return error ? Promise.reject(error) : super.write(...change);
    }
  }
  return new Failing();
}

const full = () => new DOMException("full", "QuotaExceededError");

test("a full store drops its messages to make room", async () => {
  const store = failing(full());
  const lost = vi.fn();
  const safe = new SafeStore(() => Promise.resolve(store), lost);
  await safe.write({ cursor: "1" });
  expect(store.shrink).toHaveBeenCalledTimes(1);
  expect(await store.load()).toMatchObject({ cursor: "1" });
  expect(lost).not.toHaveBeenCalled();
});

test("a store that stays full is replaced by memory and reported once", async () => {
  const lost = vi.fn();
  const safe = new SafeStore(() => Promise.resolve(failing(full(), full())), lost);
  await safe.write({ cursor: "1" });
  await safe.write({ outbox: [entry("m", 1)] });
  expect(await safe.load()).toMatchObject({ cursor: "1", outbox: [{ client_msg_id: "m" }] });
  expect(lost).toHaveBeenCalledTimes(1);
});

test("a forbidden store is replaced by memory, and a closed one reports no loss", async () => {
  const lost = vi.fn();
  const forbidden = new DOMException("forbidden", "SecurityError");
  const safe = new SafeStore(() => Promise.reject(forbidden), lost);
  expect(await safe.load()).toMatchObject({ outbox: [] });
  expect(lost).toHaveBeenCalledExactlyOnceWith(forbidden);

  const closed = vi.fn();
  const open = new SafeStore(() => IndexedDbStore.open("account"), closed);
  await open.load();
  open.close();
  await open.write({ cursor: "late" });
  expect(closed).not.toHaveBeenCalled();
});
