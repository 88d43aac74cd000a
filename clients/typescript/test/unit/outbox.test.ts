import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Longwave, MemoryStore, text, type Client, type Recovery } from "../../src/index.js";
import { list, ME, polled, positions, YOU } from "./made.js";
import { Script, type Reply } from "./script.js";

interface Case {
  readonly name: string;
  /** The HTTP status; null means no answer. */
  readonly status: number | null;
  readonly content_type: string | null;
  /** The code of the envelope; null if the answer has none. */
  readonly code: number | null;
  readonly kind: Recovery;
}

const table = new URL("../../../failures.json", import.meta.url);
const cases = JSON.parse(readFileSync(table, "utf8")) as Case[];

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const CHAT = `si_${ME}:${YOU}`;
const OTHER = "sg_other";

function replyOf({ status, content_type, code }: Case): Reply {
  if (status === null) return "cut";
  if (code !== null) return { status, code };
  return { status, page: content_type === "application/json" ? "{}" : "<h1>no</h1>" };
}

const ack = (conversation_id: string) => ({
  data: { server_msg_id: "s", conversation_id, seq: 1, send_time: 1 },
});

/** A client in sync, and the number of its sends of a message. */
async function online(store = new MemoryStore()) {
  const script = new Script({ data: polled("0") }, { data: positions({}) }, { data: list([]) });
  const options = { fetch: script.fetch, random: () => 1, openStore: () => Promise.resolve(store) };
  const server = new Longwave("http://127.0.0.1:1", options);
  const client = server.resume({ userId: ME, token: "a token of this test" });
  void client.connect();
  await vi.advanceTimersByTimeAsync(0);
  const sends = (id: string) => script.asked.filter((asked) => asked.includes(`"${id}"`)).length;
  return { client, script, sends };
}

function statuses(client: Client, conversation: string): string[] {
  return client
    .timeline(conversation)
    .snapshot()
    .entries.map((entry) => `${entry.client_msg_id} ${entry.status}`);
}

/** Answers every send of a message with `reply`, for some minutes. */
async function meets(script: Script, id: string, reply: Reply, minutes: number): Promise<void> {
  for (let second = 0; second < minutes * 60; second += 1) {
    script.answer(reply, `"${id}"`);
    await vi.advanceTimersByTimeAsync(1000);
  }
}

test.for(cases)("a message that always gets $name: $kind", async (each) => {
  const { client, script, sends } = await online();
  const sent = client.send(CHAT, text("one"), "one");
  const outcome = sent.then(
    () => "sent",
    (error: unknown) => error,
  );
  await vi.advanceTimersByTimeAsync(0);
  await meets(script, "one", replyOf(each), 10);
  // A 401 of the server ends the login; the message waits for the next one.
  if (each.code === 10101) {
    expect(client.state.snapshot()).toMatchObject({ status: "kicked" });
    return;
  }
  if (each.kind === "temporary") {
    expect(sends("one")).toBeGreaterThan(15);
    script.answer(ack(CHAT), '"one"');
    await meets(script, "one", ack(CHAT), 1);
    expect(await outcome).toBe("sent");
  } else {
    expect(sends("one")).toBe(each.kind === "bounded" ? 5 : 1);
    expect(statuses(client, CHAT)).toEqual(["one failed"]);
    expect(await outcome).toMatchObject({ recovery: each.kind, status: each.status });
  }
  client.close();
});

test("a message that never succeeds blocks no other, in its own conversation or in another", async () => {
  const { client, script, sends } = await online();
  const firewall: Reply = { status: 403, page: "<h1>Forbidden</h1>" };
  client.send(CHAT, text("poison"), "poison").catch(() => undefined);
  void client.send(CHAT, text("next"), "next");
  const other = client.send(OTHER, text("other"), "other");
  await vi.advanceTimersByTimeAsync(0);
  script.answer(firewall, '"poison"');
  script.answer(ack(OTHER), '"other"');
  await expect(other).resolves.toMatchObject({ conversation_id: OTHER });
  // No message of a conversation overtakes the first one while that may still succeed.
  expect([sends("poison"), sends("next")]).toEqual([1, 0]);
  for (let tries = 2; tries <= 5; tries += 1) {
    await vi.advanceTimersByTimeAsync(8000);
    expect([sends("poison"), sends("next")]).toEqual([tries, 0]);
    script.answer(firewall, '"poison"');
  }
  await vi.advanceTimersByTimeAsync(0);
  expect([sends("poison"), sends("next")]).toEqual([5, 1]);
  expect(statuses(client, CHAT)).toEqual(["poison failed", "next sending"]);

  const again = client.retry("poison");
  script.answer(ack(CHAT), '"next"');
  await vi.advanceTimersByTimeAsync(0);
  script.answer(ack(CHAT), '"poison"');
  await expect(again).resolves.toMatchObject({ conversation_id: CHAT });
  client.close();
});

test("a message that waits for a server that is down blocks only its own conversation", async () => {
  const { client, script, sends } = await online();
  void client.send(CHAT, text("first"), "first");
  void client.send(CHAT, text("second"), "second");
  await vi.advanceTimersByTimeAsync(0);
  script.answer({ status: 503, code: 20101, retryAfter: "3600" }, '"first"');
  await vi.advanceTimersByTimeAsync(0);
  const other = client.send(OTHER, text("other"), "other");
  await vi.advanceTimersByTimeAsync(0);
  script.answer(ack(OTHER), '"other"');
  await expect(other).resolves.toMatchObject({ conversation_id: OTHER });
  await vi.advanceTimersByTimeAsync(3_599_000);
  expect([sends("first"), sends("second")]).toEqual([1, 0]);
  await vi.advanceTimersByTimeAsync(1000);
  expect([sends("first"), sends("second")]).toEqual([2, 0]);
  client.close();
});

test("the Retry-After of another program is ignored", async () => {
  const { client, script, sends } = await online();
  client.send(CHAT, text("one"), "one").catch(() => undefined);
  await vi.advanceTimersByTimeAsync(0);
  await meets(script, "one", { status: 403, page: "", retryAfter: "86400" }, 1);
  expect(statuses(client, CHAT)).toEqual(["one failed"]);
  expect(sends("one")).toBe(5);
  client.close();
});

test("an unstable network does not use up the tries of a message", async () => {
  const listeners = new Set<() => void>();
  const script = new Script({ data: polled("0") }, { data: positions({}) }, { data: list([]) });
  const network = {
    online: () => true,
    subscribe(listener: () => void) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const options = { fetch: script.fetch, random: () => 1, network };
  const client = new Longwave("http://127.0.0.1:1", options).resume({ userId: ME, token: "t" });
  void client.connect();
  await vi.advanceTimersByTimeAsync(0);
  void client.send(CHAT, text("one"), "one");
  await vi.advanceTimersByTimeAsync(0);
  for (let n = 0; n < 10; n += 1) {
    script.answer({ status: 200, page: "<h1>Sign in to this hotel</h1>" }, '"one"');
    await vi.advanceTimersByTimeAsync(0);
    for (const changed of [...listeners]) changed();
    await vi.advanceTimersByTimeAsync(0);
  }
  expect(statuses(client, CHAT)).toEqual(["one sending"]);
  client.close();
});

test("a message over the size limit fails at once, is kept, and can be discarded", async () => {
  const store = new MemoryStore();
  const { client, script, sends } = await online(store);
  const huge = client.send(CHAT, text("x".repeat(12_000_000)), "huge");
  await expect(huge).rejects.toMatchObject({ kind: "refused", status: 413, code: 10403 });
  const next = client.send(CHAT, text("next"), "next");
  await vi.advanceTimersByTimeAsync(0);
  script.answer(ack(CHAT), '"next"');
  await expect(next).resolves.toMatchObject({ conversation_id: CHAT });
  expect(sends("huge")).toBe(0);
  expect((await store.load()).outbox).toMatchObject([{ client_msg_id: "huge", status: "failed" }]);
  await expect(client.retry("huge")).rejects.toMatchObject({ code: 10403 });
  client.discard("huge");
  await vi.advanceTimersByTimeAsync(0);
  expect((await store.load()).outbox).toEqual([]);
  client.close();
});

test("content of 8,192 bytes is sent, and longer stored content is not", async () => {
  const store = new MemoryStore();
  const kept = { conversation_id: CHAT, n: 1, written_at: 0, status: "queued" } as const;
  await store.write({ outbox: [{ client_msg_id: "kept", ...kept, ...text("界".repeat(2728)) }] });
  const { client, sends } = await online(store);
  void client.send(OTHER, text("x".repeat(8192 - text("").content.length)), "fits");
  await vi.advanceTimersByTimeAsync(0);
  expect([sends("kept"), sends("fits")]).toEqual([0, 1]);
  expect(statuses(client, CHAT)).toEqual(["kept failed"]);
  client.close();
});

test("a stored message with an invalid conversation id fails, and so does the next one", async () => {
  const store = new MemoryStore();
  const invalid = { conversation_id: "si_nobody", written_at: 0, status: "queued", ...text("hi") } as const;
  const outbox = [1, 2].map((n) => ({ client_msg_id: `invalid ${n}`, n, ...invalid }));
  await store.write({ outbox });
  const { client, sends } = await online(store);
  expect(statuses(client, "si_nobody")).toEqual(["invalid 1 failed", "invalid 2 failed"]);
  await expect(client.retry("invalid 1")).rejects.toMatchObject({ kind: "refused", code: 10001 });
  client.discard("invalid 1");
  expect(statuses(client, "si_nobody")).toEqual(["invalid 2 failed"]);
  expect([sends("invalid 1"), sends("invalid 2")]).toEqual([0, 0]);
  client.close();
});
