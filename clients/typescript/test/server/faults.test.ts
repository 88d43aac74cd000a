import { expect, test, vi } from "vitest";
import { MemoryStore, text, type Client, type Network, type State } from "../../src/index.js";
import { refusal } from "./proxy.js";
import { eachInItsOwnWorld, heard, here, until } from "./world.js";

eachInItsOwnWorld();

const SEND = /message\/send/;
const POLL = /realtime\/poll/;

/** Alice and Bob, in sync. A test's faults affect only Alice. */
async function pair(): Promise<{ a: Client; b: Client; conversation: string }> {
  const [alice, bob] = [await here().person(), await here().person()];
  const [a, b] = [await here().login(alice), await here().login(bob)];
  await Promise.all([a.connect(), b.connect()]);
  return { a, b, conversation: a.conversationWith(bob.userId) };
}

function states(client: Client): State["status"][] {
  const seen: State["status"][] = [];
  client.on("state", (state) => seen.push(state.status));
  return seen;
}

test("a message whose answer is lost is sent again and stored once", async () => {
  const { a, b, conversation } = await pair();
  const [byAlice, byBob] = [heard(a), heard(b)];
  here().proxy.fault(SEND, { kind: "cut after" });
  await a.send(conversation, text("once"));
  await a.send(conversation, text("next"));
  const all = ['1 {"text":"once"}', '2 {"text":"next"}'];
  await until(() => {
    expect(byAlice).toEqual(all);
    expect(byBob).toEqual(all);
  });
});

test("a message that the feed delivers needs no answer and blocks no other", async () => {
  const { a, conversation } = await pair();
  const timeline = a.timeline(conversation);
  timeline.subscribe(() => undefined);
  here().proxy.fault(SEND, { kind: "cut after" });
  here().proxy.fault(SEND, refusal(503, 20101, 3600));
  const ack = await a.send(conversation, text("once"));
  expect(ack).toMatchObject({ conversation_id: conversation, seq: 1 });
  await until(() => {
    expect(timeline.snapshot().entries).toMatchObject([{ status: "sent", seq: 1 }]);
  });
  here().proxy.heal();
  expect(await a.send(conversation, text("next"))).toMatchObject({ seq: 2 });
});

test.for([
  ["a cut connection", { kind: "cut before" }],
  ["a server that fails", refusal(500, 20402)],
  ["a server that cannot check tokens", refusal(503, 20101)],
  ["a proxy without its server", { kind: "answer", status: 502, body: "<h1>Bad Gateway</h1>" }],
  ["a captive portal", { kind: "answer", status: 200, body: "<h1>Welcome</h1>" }],
] as const)("a message survives %s, and nothing overtakes it", async ([, fault]) => {
  const { a, b, conversation } = await pair();
  const byBob = heard(b);
  here().proxy.fault(SEND, fault, 2);
  void a.send(conversation, text("first"));
  await a.send(conversation, text("second"));
  await until(() => {
    expect(byBob).toEqual(['1 {"text":"first"}', '2 {"text":"second"}']);
  });
  expect(here().proxy.count(SEND)).toBe(4);
});

test("after too many messages the next one waits for Retry-After", async () => {
  const { a, conversation } = await pair();
  here().proxy.fault(SEND, refusal(429, 10005, 2));
  const asked = performance.now();
  await a.send(conversation, text("later"));
  expect(performance.now() - asked).toBeGreaterThanOrEqual(2000);
  expect(here().proxy.count(SEND)).toBe(2);
});

test("a refused message has an error, blocks no other, and can be sent again or discarded", async () => {
  const { a, b, conversation } = await pair();
  const timeline = a.timeline(conversation);
  timeline.subscribe(() => undefined);
  const long = a.send(conversation, text("x".repeat(9000)), "long");
  await a.send(conversation, text("short"), "short");
  await expect(long).rejects.toMatchObject({ kind: "refused", status: 413, code: 10403 });
  await until(() => {
    expect(timeline.snapshot().entries).toMatchObject([
      { client_msg_id: "short", status: "sent" },
      { client_msg_id: "long", status: "failed", error: { code: 10403 } },
    ]);
  });
  await expect(a.retry("long")).rejects.toMatchObject({ code: 10403 });
  a.discard("long");
  expect(timeline.snapshot().entries).toHaveLength(1);
  expect(() => a.retry("long")).toThrow(TypeError);
  expect(b.state.snapshot()).toEqual({ status: "online" });
});

test("a message that was refused during a fault is stored when it is sent again", async () => {
  const { a, b, conversation } = await pair();
  const byBob = heard(b);
  here().proxy.fault(SEND, refusal(403, 10303));
  await expect(a.send(conversation, text("again"), "m1")).rejects.toMatchObject({ code: 10303 });
  expect(await a.retry("m1")).toMatchObject({ seq: 1 });
  await until(() => {
    expect(byBob).toEqual(['1 {"text":"again"}']);
  });
});

test("a message that is discarded while waiting is not sent", async () => {
  const { a, b, conversation } = await pair();
  const byBob = heard(b);
  here().proxy.fault(SEND, refusal(503, 20101), 1000);
  const sent = a.send(conversation, text("a slip"), "slip");
  await until(() => {
    expect(here().proxy.count(SEND)).toBe(1);
  });
  a.discard("slip");
  await expect(sent).rejects.toMatchObject({ kind: "aborted" });
  here().proxy.heal();
  await a.send(conversation, text("meant"));
  await until(() => {
    expect(byBob).toEqual(['1 {"text":"meant"}']);
  });
});

test("messages during cut, refused or misdirected polls are delivered once and in order", async () => {
  const { a, b, conversation } = await pair();
  const byAlice = heard(a);
  const seen = states(a);
  const all: string[] = [];
  let number = 0;
  for (const fault of [
    { kind: "cut after" },
    { kind: "cut before" },
    refusal(500, 20002),
    refusal(429, 10005, 1),
    { kind: "answer", status: 502, body: "" },
    refusal(400, 10001),
  ] as const) {
    here().proxy.fault(POLL, fault, 3);
    here().proxy.cutAll();
    for (let each = 0; each < 3; each += 1) {
      number += 1;
      all.push(`${number} {"text":"${number}"}`);
      await b.send(conversation, text(String(number)));
    }
    here().proxy.heal();
  }
  await until(() => {
    expect(byAlice).toEqual(all);
    expect(a.state.snapshot()).toEqual({ status: "online" });
  });
  expect(seen).toContain("waiting");
  expect(seen).not.toContain("offline");
});

/** A cursor as earlier servers wrote it, without the tag of its event: always too old. */
function oldForm(cursor: string): string {
  const [database] = Buffer.from(cursor, "base64url").toString().split(":");
  return Buffer.from(`${database}:1`).toString("base64url");
}

test("after a cursor that is too old, the missed messages are delivered once", async () => {
  const { a, b, conversation } = await pair();
  const [byAlice, byBob] = [heard(a), heard(b)];
  await b.send(conversation, text("1"));
  await until(() => {
    expect(byAlice).toHaveLength(1);
  });
  here().proxy.fault(POLL, { kind: "cut before" }, 1000);
  here().proxy.cutAll();
  await until(() => {
    expect([a, b].map((client) => client.state.snapshot().status)).toEqual(["waiting", "waiting"]);
  });
  for (let n = 2; n <= 150; n += 1) void b.send(conversation, text(String(n)));
  await b.api.setOptions(conversation, { pinned: true });
  await b.send(conversation, text("151"));
  here().proxy.heal();
  here().proxy.fault(
    POLL,
    {
      kind: "rewrite",
      path: (path) => path.replace(/cursor=([^&]*)/, (_, cursor: string) => `cursor=${oldForm(cursor)}`),
    },
    2,
  );
  const all = Array.from({ length: 151 }, (_, at) => `${at + 1} {"text":"${at + 1}"}`);
  await until(() => {
    expect(byAlice).toEqual(all);
    expect(byBob).toEqual(all);
  });
  expect(b.conversations.snapshot()).toMatchObject([{ is_pinned: true, max_seq: 151, unread: 0 }]);
  expect(a.conversations.snapshot()).toMatchObject([{ is_pinned: false, max_seq: 151, unread: 151 }]);
  await b.send(conversation, text("152"));
  await until(() => {
    expect(byAlice).toHaveLength(152);
  });
});

test("a cursor of another server makes the client read all data again", async () => {
  const { a, b, conversation } = await pair();
  const timeline = a.timeline(conversation);
  timeline.subscribe(() => undefined);
  await b.send(conversation, text("1"));
  await until(() => {
    expect(timeline.snapshot().entries).toHaveLength(1);
  });
  here().proxy.fault(SEND, { kind: "cut before" }, 1000);
  const unsent = a.send(conversation, text("unsent"));
  const garbled = (path: string) => path.replace(/cursor=[^&]*/, "cursor=garbled");
  here().proxy.fault(POLL, { kind: "rewrite", path: garbled }, 1);
  here().proxy.cutAll();
  await until(() => {
    expect(here().proxy.count(/max_seqs/)).toBeGreaterThan(2);
    expect(a.state.snapshot()).toEqual({ status: "online" });
  });
  here().proxy.heal();
  await unsent;
  await b.send(conversation, text("3"));
  await until(() => {
    const texts = timeline.snapshot().entries.map((entry) => `${entry.seq} ${entry.content}`);
    expect(texts).toEqual(['1 {"text":"1"}', '2 {"text":"unsent"}', '3 {"text":"3"}']);
    expect(a.conversations.snapshot()).toMatchObject([{ max_seq: 3 }]);
  });
});

test("a login elsewhere on the platform ends this one with the reason and keeps unsent messages", async () => {
  const [alice, bob] = [await here().person(), await here().person()];
  const a = await here().login(alice);
  await a.connect();
  const kicked: unknown[] = [];
  a.on("kicked", (reason) => kicked.push(reason));
  const conversation = a.conversationWith(bob.userId);
  here().proxy.fault(SEND, refusal(503, 20101), 1000);
  const sent = a.send(conversation, text("kept"));
  const again = await here().login(alice);
  await expect(sent).rejects.toMatchObject({ kind: "aborted", status: 401, reason: "new_login" });
  expect(kicked).toEqual(["new_login"]);
  expect(a.state.snapshot()).toEqual({ status: "kicked", reason: "new_login" });
  const asked = here().proxy.asked.length;
  await expect(a.connect()).resolves.toBeUndefined();
  await expect(a.send(conversation, text("too late"))).rejects.toMatchObject({ kind: "aborted" });
  expect(here().proxy.asked).toHaveLength(asked);

  here().proxy.heal();
  const received = heard(again);
  await again.connect();
  await until(() => {
    expect(received).toEqual(['1 {"text":"kept"}']);
  });
});

test("an invalid token ends the client at its first call", async () => {
  const alice = await here().person();
  const a = here().mine(here().server().resume({ userId: alice.userId, token: "none" }));
  await expect(a.connect()).rejects.toMatchObject({ status: 401 });
  expect(a.state.snapshot()).toEqual({ status: "kicked", reason: undefined });
});

test("a logout ends the login and drops its stored data", async () => {
  const [alice, bob] = [await here().person(), await here().person()];
  const a = await here().login(alice);
  await a.connect();
  await a.send(a.conversationWith(bob.userId), text("1"));
  await until(() => {
    expect(a.conversations.snapshot()).toHaveLength(1);
  });
  await a.logout();
  expect(a.state.snapshot()).toEqual({ status: "closed" });
  const [store] = alice.kept.values();
  expect(await store!.load()).toEqual({ cursor: undefined, positions: [], rows: [], outbox: [] });
  const again = here().resume(alice, a);
  await expect(again.connect()).rejects.toMatchObject({ reason: "logout" });
});

test("a call ends at once when it is aborted, and at the deadline without an answer", async () => {
  const alice = await here().person();
  const a = await here().login(alice);
  await a.connect();
  const stop = new AbortController();
  const polled = a.api.poll("garbled", 0, stop.signal);
  stop.abort();
  await expect(polled).rejects.toMatchObject({ kind: "aborted", isTemporary: false });
  const first = a.api.me();
  a.close();
  await expect(first).resolves.toMatchObject({ user_id: alice.userId });
});

test("without a network no request is sent, and all continue at once when it is back", async () => {
  const listeners = new Set<() => void>();
  let isOnline = true;
  const network: Network = {
    online: () => isOnline,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const turn = (on: boolean) => {
    isOnline = on;
    for (const listener of [...listeners]) listener();
  };
  const [alice, bob] = [await here().person(), await here().person()];
  // The longest waits: only the network's return can cause requests at once.
  const a = await here().login(alice, { network, random: () => 1 });
  await a.connect();
  const conversation = a.conversationWith(bob.userId);
  await until(() => {
    expect(here().proxy.polls).toBe(1);
  });
  turn(false);
  await until(() => {
    expect(a.state.snapshot()).toEqual({ status: "offline" });
  });
  const asked = here().proxy.asked.length;
  const sent = a.send(conversation, text("on the train"));
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(here().proxy.asked).toHaveLength(asked);
  const back = performance.now();
  turn(true);
  await sent;
  await until(() => {
    expect(a.state.snapshot()).toEqual({ status: "online" });
  });
  // A wait after a failure would add a second or more to the server's time.
  expect(performance.now() - back).toBeLessThan(1000);
});

test("a server that is down is asked at once when the network changes", async () => {
  let changed: () => void = () => undefined;
  const network: Network = {
    online: () => true,
    subscribe(listener) {
      changed = listener;
      return () => undefined;
    },
  };
  const alice = await here().person();
  const a = await here().login(alice, { network });
  await a.connect();
  here().proxy.fault(POLL, refusal(503, 20101, 3600), 1);
  here().proxy.cutAll();
  await until(() => {
    expect(a.state.snapshot()).toMatchObject({ status: "waiting", retryIn: 3_600_000 });
  });
  changed();
  await until(() => {
    expect(a.state.snapshot()).toEqual({ status: "online" });
  });
});

test("a jumping clock changes nothing", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  try {
    const { a, b, conversation } = await pair();
    const [byAlice, seen] = [heard(a), states(a)];
    for (const [at, jump] of [1, 86_400_000_000, -86_400_000_000].entries()) {
      vi.setSystemTime(Date.now() + jump);
      await a.send(conversation, text(`a${at}`));
      await b.send(conversation, text(`b${at}`));
    }
    await until(() => {
      expect(byAlice).toHaveLength(6);
    });
    expect(byAlice.map((line) => Number(line.split(" ")[0]))).toEqual([1, 2, 3, 4, 5, 6]);
    expect(seen).toEqual([]);
  } finally {
    vi.useRealTimers();
  }
});

test("unsent messages and the cursor survive a reload", async () => {
  const [alice, bob] = [await here().person(), await here().person()];
  const a = await here().login(alice);
  const b = await here().login(bob);
  await Promise.all([a.connect(), b.connect()]);
  const byBob = heard(b);
  const conversation = a.conversationWith(bob.userId);
  await a.send(conversation, text("1"));
  await until(() => {
    expect(a.conversations.snapshot()).toMatchObject([{ max_seq: 1 }]);
  });
  here().proxy.fault(SEND, { kind: "cut before" }, 1000);
  void a.send(conversation, text("2"));
  void a.send(conversation, text("3"));
  a.close();
  here().proxy.heal();
  await b.send(conversation, text("while away"));

  const again = here().resume(alice, a);
  const received = heard(again);
  const timeline = again.timeline(conversation);
  timeline.subscribe(() => undefined);
  const connected = again.connect();
  await until(() => {
    expect(again.conversations.snapshot()).toHaveLength(1);
  });
  await connected;
  await until(() => {
    expect(received).toEqual(['2 {"text":"while away"}', '3 {"text":"2"}', '4 {"text":"3"}']);
    expect(timeline.snapshot().entries.map((entry) => entry.seq)).toEqual([1, 2, 3, 4]);
    expect(byBob).toHaveLength(4);
  });
});

test("without any storage everything works, after one storage event", async () => {
  const [alice, bob] = [await here().person(), await here().person()];
  const a = await here().login(alice, {
    openStore: () => Promise.reject(new DOMException("forbidden", "SecurityError")),
  });
  const losses: unknown[] = [];
  a.on("storage", (error) => losses.push(error));
  await a.connect();
  await a.send(a.conversationWith(bob.userId), text("1"));
  await until(() => {
    expect(a.conversations.snapshot()).toMatchObject([{ max_seq: 1 }]);
  });
  expect(losses).toMatchObject([{ name: "SecurityError" }]);
});

test("a store that gets full loses nothing that is shown, after one storage event", async () => {
  class Full extends MemoryStore {
    isFull = false;
    override write(...change: Parameters<MemoryStore["write"]>): Promise<void> {
      const full = new DOMException("full", "QuotaExceededError");
      return this.isFull ? Promise.reject(full) : super.write(...change);
    }
  }
  const [alice, bob] = [await here().person(), await here().person()];
  const store = new Full();
  const a = await here().login(alice, { openStore: () => Promise.resolve(store) });
  const losses: unknown[] = [];
  a.on("storage", (error) => losses.push(error));
  await a.connect();
  const received = heard(a);
  const conversation = a.conversationWith(bob.userId);
  await a.send(conversation, text("1"));
  store.isFull = true;
  await a.send(conversation, text("2"));
  await a.send(conversation, text("3"));
  await until(() => {
    expect(received).toHaveLength(3);
    expect(a.conversations.snapshot()).toMatchObject([{ max_seq: 3 }]);
  });
  expect(losses).toMatchObject([{ name: "QuotaExceededError" }]);
});

test("a listener that throws stops no other", async () => {
  const { a, b, conversation } = await pair();
  const reported: unknown[] = [];
  const report = (error: unknown) => reported.push(error);
  const before = process.rawListeners("uncaughtException") as NodeJS.UncaughtExceptionListener[];
  process.removeAllListeners("uncaughtException");
  process.on("uncaughtException", report);
  try {
    const end = a.on("message", () => {
      throw new Error("a listener's fault");
    });
    const received = heard(a);
    await b.send(conversation, text("1"));
    await until(() => {
      expect(received).toHaveLength(1);
      expect(reported).toMatchObject([{ message: "a listener's fault" }]);
    });
    end();
  } finally {
    process.removeAllListeners("uncaughtException");
    for (const listener of before) process.on("uncaughtException", listener);
  }
});
