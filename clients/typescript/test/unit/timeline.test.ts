import { expect, test, vi } from "vitest";
import { LongwaveError, type Message } from "../../src/index.js";
import type { OutboxEntry } from "../../src/outbox.js";
import { Timeline } from "../../src/timeline.js";
import { ME, message, range } from "./made.js";
import { withUncaught } from "./uncaught.js";

/** A conversation with messages from `floor` to `position`, and its timeline. */
function made(position: number | undefined, floor = 1) {
  const pending: OutboxEntry[] = [];
  const at = { position, floor };
  const load = vi.fn((begin: number, end: number): Promise<Message[]> => {
    return Promise.resolve(range(Math.max(begin, at.floor), end).map((seq) => message("a", seq)));
  });
  const timeline = new Timeline({
    userId: ME,
    range: load,
    position: () => at.position,
    floor: () => at.floor,
    pending: () => pending,
  });
  const seqs = () => timeline.snapshot().entries.map((entry) => entry.seq);
  const come = (seq: number) => {
    at.position = seq;
    timeline.message(message("a", seq));
  };
  return { timeline, at, load, pending, seqs, come };
}

const settled = (timeline: Timeline) =>
  vi.waitFor(() => {
    expect(timeline.snapshot().isLoading).toBe(false);
  });

function entry(id: string, more: Partial<OutboxEntry> = {}): OutboxEntry {
  return {
    client_msg_id: id,
    conversation_id: "a",
    content_type: 1,
    content: "{}",
    n: 1,
    written_at: 0,
    status: "queued",
    ...more,
  };
}

test("the newest messages load for the first listener, and older ones page by page down to the first", async () => {
  const { timeline, load, seqs } = made(120);
  expect(timeline.snapshot()).toEqual({ entries: [], hasOlder: true, isLoading: false });
  timeline.subscribe(() => undefined);
  await settled(timeline);
  expect(seqs()).toEqual(range(71, 120));
  await timeline.loadOlder();
  expect(seqs()).toEqual(range(21, 120));
  expect(timeline.snapshot().hasOlder).toBe(true);
  await Promise.all([timeline.loadOlder(), timeline.loadOlder()]);
  expect(seqs()).toEqual(range(1, 120));
  expect(timeline.snapshot().hasOlder).toBe(false);
  await timeline.loadOlder();
  expect(load.mock.calls).toEqual([
    [71, 120],
    [21, 70],
    [1, 20],
  ]);
});

test("messages that arrive during the first load come after it", async () => {
  const { timeline, seqs, come } = made(3);
  timeline.subscribe(() => undefined);
  come(4);
  come(5);
  await settled(timeline);
  expect(seqs()).toEqual([1, 2, 3, 4, 5]);
  come(5);
  expect(seqs()).toEqual([1, 2, 3, 4, 5]);
});

test("a timeline that is watched before the position is known starts once it is", async () => {
  const { timeline, at, seqs } = made(undefined);
  timeline.subscribe(() => undefined);
  await timeline.loadOlder();
  expect(seqs()).toEqual([]);
  at.position = 2;
  timeline.touch();
  await settled(timeline);
  expect(seqs()).toEqual([1, 2]);
});

test("messages that another tab received are loaded: a few in full, many from their end", async () => {
  const { timeline, at, load, seqs, come } = made(3);
  timeline.subscribe(() => undefined);
  await settled(timeline);
  come(6);
  await settled(timeline);
  expect(load).toHaveBeenLastCalledWith(4, 6);
  expect(seqs()).toEqual(range(1, 6));
  at.position = 500;
  timeline.touch();
  await settled(timeline);
  expect(seqs()).toEqual(range(451, 500));
  expect(timeline.snapshot().hasOlder).toBe(true);
});

test("a gap that cannot be loaded is not hidden", async () => {
  const { timeline, load, seqs, come } = made(3);
  timeline.subscribe(() => undefined);
  await settled(timeline);
  load.mockRejectedValueOnce(new LongwaveError({ kind: "refused", message: "no", status: 403, code: 10006 }));
  come(6);
  await settled(timeline);
  expect(seqs()).toEqual([]);
  expect(timeline.snapshot().error).toMatchObject({ code: 10006 });
  await timeline.loadOlder();
  expect(seqs()).toEqual(range(1, 6));
  expect(timeline.snapshot().error).toBeUndefined();
});

test("a load that fails unexpectedly is not repeated at once, and is an error to show", async () => {
  await withUncaught(async (reported) => {
    const { timeline, load, seqs, come } = made(3);
    timeline.subscribe(() => undefined);
    await settled(timeline);
    // A finite number, since a load that is repeated at once would never let the test go on.
    for (let n = 0; n < 100; n += 1) load.mockRejectedValueOnce(new TypeError("no messages"));
    come(6);
    await settled(timeline);
    expect(reported).toMatchObject([{ message: "no messages" }]);
    expect(load).toHaveBeenCalledTimes(2);
    expect(timeline.snapshot().error).toMatchObject({ kind: "protocol" });
    load.mockReset();
    load.mockImplementation((begin, end) =>
      Promise.resolve(range(begin, end).map((seq) => message("a", seq))),
    );
    await timeline.loadOlder();
    expect(seqs()).toEqual(range(1, 6));
  });
});

test("messages that become invisible are dropped", async () => {
  const { timeline, at, seqs } = made(5);
  timeline.subscribe(() => undefined);
  await settled(timeline);
  at.floor = 4;
  timeline.touch();
  expect(seqs()).toEqual([4, 5]);
  expect(timeline.snapshot().hasOlder).toBe(false);
  at.floor = 9;
  timeline.touch();
  expect(seqs()).toEqual([]);
});

test("if the server lost its newest messages, all shown ones are dropped, since they may be of another history", async () => {
  const { timeline, at, load, seqs, come } = made(5);
  timeline.subscribe(() => undefined);
  await settled(timeline);
  at.position = 3;
  timeline.touch();
  expect(seqs()).toEqual([]);
  await settled(timeline);
  expect(load).toHaveBeenLastCalledWith(1, 3);
  expect(seqs()).toEqual([1, 2, 3]);
  come(4);
  expect(seqs()).toEqual([1, 2, 3, 4]);
});

test("a load from before everything was dropped is not shown and blocks no new load", async () => {
  const { timeline, at, load, seqs } = made(5);
  let give: (messages: Message[]) => void = () => undefined;
  load.mockReturnValueOnce(new Promise((resolve) => (give = resolve)));
  timeline.subscribe(() => undefined);
  timeline.forget();
  at.position = 2;
  timeline.touch();
  await settled(timeline);
  expect(seqs()).toEqual([1, 2]);
  give(range(1, 5).map((seq) => message("a", seq)));
  await Promise.resolve();
  expect(seqs()).toEqual([1, 2]);
});

test("pending messages come after stored ones, and keep their keys when stored", () => {
  const { timeline, pending, at } = made(0);
  timeline.subscribe(() => undefined);
  pending.push(entry("a-1"), entry("late", { n: 2 }));
  timeline.touch();
  const [sending] = timeline.snapshot().entries;
  expect(sending).toMatchObject({ status: "sending", sender_id: ME });
  pending[0] = entry("a-1", {
    status: "stored",
    ack: { server_msg_id: "s", conversation_id: "a", seq: 1, send_time: 9 },
  });
  timeline.touch();
  expect(timeline.snapshot().entries[0]).toMatchObject({
    key: sending!.key,
    status: "sent",
    seq: 1,
    send_time: 9,
  });
  at.position = 1;
  timeline.message(message("a", 1, ME));
  expect(timeline.snapshot().entries).toMatchObject([
    { key: sending!.key, status: "sent", seq: 1 },
    { client_msg_id: "late", status: "sending" },
  ]);
  // A pending message of another tab is stored already.
  pending[0] = entry("a-1");
  timeline.touch();
  expect(timeline.snapshot().entries.map((it) => it.client_msg_id)).toEqual(["a-1", "late"]);
});

test("a timeline without listeners keeps only the newest messages, and an entry stays the same object", async () => {
  const { timeline, come, seqs } = made(120);
  const end = timeline.subscribe(() => undefined);
  await settled(timeline);
  await timeline.loadOlder();
  await timeline.loadOlder();
  const [first] = timeline.snapshot().entries;
  come(121);
  expect(timeline.snapshot().entries[0]).toBe(first);
  end();
  expect(seqs()).toEqual(range(22, 121));
  expect(timeline.snapshot().hasOlder).toBe(true);
  await timeline.loadOlder();
  expect(seqs()).toEqual(range(1, 121));
});

test("a timeline without listeners stays short, however many messages arrive", async () => {
  const { timeline, at, come, seqs } = made(50);
  const end = timeline.subscribe(() => undefined);
  await settled(timeline);
  end();
  for (const seq of range(51, 250)) come(seq);
  expect(seqs()).toEqual(range(151, 250));
  // The same holds for messages that another tab received.
  at.position = 300;
  timeline.touch();
  await settled(timeline);
  expect(seqs()).toEqual(range(201, 300));
  expect(timeline.snapshot().hasOlder).toBe(true);
});
