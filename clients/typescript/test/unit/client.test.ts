import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  Longwave,
  MemoryStore,
  text,
  type Client,
  type Frame,
  type LongwaveOptions,
  type Reason,
  type State,
} from "../../src/index.js";
import type { Snapshot } from "../../src/model.js";
import type { OutboxEntry } from "../../src/outbox.js";
import type { Saved } from "../../src/store/store.js";
import {
  conversation,
  edit,
  frame,
  list,
  ME,
  message,
  other,
  polled,
  positions,
  pulled,
  reset,
  revocation,
  YOU,
} from "./made.js";
import { Others } from "./others.js";
import { Script } from "./script.js";
import { withUncaught } from "./uncaught.js";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const POLL = "GET realtime/poll?cursor=0&timeout=25";
const FIRST_POLL = "GET realtime/poll?cursor=0&timeout=0";

/** The conversation with the other user. */
const CHAT = `si_${ME}:${YOU}`;

function resumed(script: Script, options: LongwaveOptions = {}): Client {
  const server = new Longwave("http://127.0.0.1:1", { fetch: script.fetch, random: () => 1, ...options });
  return server.resume({ userId: ME, token: "a token of this test" });
}

/** A client that polls, with its requests and states since then. */
async function online(
  options: LongwaveOptions = {},
  chats: string[] = [],
): Promise<{ client: Client; script: Script; states: State[] }> {
  const at = Object.fromEntries(chats.map((id) => [id, [1, 0] as [number, number]]));
  const script = new Script({ data: polled("0") }, { data: positions(at) }, { data: list(chats) });
  const client = resumed(script, options);
  const connected = client.connect();
  await vi.advanceTimersByTimeAsync(0);
  await connected;
  expect(script.asked.splice(0).at(-1)).toBe(POLL);
  const states: State[] = [];
  client.on("state", (state) => states.push(state));
  return { client, script, states };
}

/** A tab that does not lead, among others; its storage is `store`. */
async function follower(saved: Partial<Saved> = {}) {
  const [script, others, store] = [new Script(), new Others(), new MemoryStore()];
  await store.write(saved);
  const openStore = () => Promise.resolve(store);
  const client = resumed(script, { openStore, tabTools: others.tools });
  void client.connect();
  await vi.advanceTimersByTimeAsync(0);
  return { client, script, others, store };
}

function snapshot(more: Partial<Snapshot> = {}): Snapshot {
  return {
    history: undefined,
    feed: { cursor: "7", positions: [[CHAT, 2]] },
    rows: [{ conversation: conversation(CHAT, { max_seq: 2 }), rank: 1 }],
    outbox: [],
    presence: [],
    state: { status: "online" },
    ...more,
  };
}

function entry(id: string, more: Partial<OutboxEntry> = {}): OutboxEntry {
  const at = { conversation_id: CHAT, n: 1, written_at: 0 };
  return { client_msg_id: id, ...at, ...text(id), status: "queued", ...more };
}

test("the cursor is read before the state, and every poll continues from the last one", async () => {
  const script = new Script(
    { data: polled("0") },
    { data: positions({}) },
    { data: list([]) },
    { data: polled("1", [frame("si_a:b", 1)]) },
    { data: list(["si_a:b"]) },
  );
  const client = new Longwave("http://127.0.0.1:1", { fetch: script.fetch }).resume({
    userId: ME,
    token: "t",
  });
  expect(client.state.snapshot()).toEqual({ status: "connecting" });
  void client.connect();
  await vi.advanceTimersByTimeAsync(0);
  expect(script.asked).toEqual([
    "GET realtime/poll?timeout=0",
    "GET message/max_seqs",
    "GET conversation/list?with_last_message=true",
    "GET realtime/poll?cursor=0&timeout=25",
    "GET conversation/list?with_last_message=true",
    "GET realtime/poll?cursor=1&timeout=25",
  ]);
  client.close();
});

test("a poll that another one replaced is not repeated at once", async () => {
  const { client, script, states } = await online();
  script.answer({ data: polled("0") });
  await vi.advanceTimersByTimeAsync(999);
  expect(script.asked).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(script.asked).toEqual([POLL]);
  // A poll that has waited in full is repeated at once.
  await vi.advanceTimersByTimeAsync(25_000);
  script.answer({ data: polled("0") });
  await vi.advanceTimersByTimeAsync(0);
  expect(script.asked).toEqual([POLL, POLL]);
  expect(states).toEqual([]);
  client.close();
});

test("after an answer that cannot be read, polling continues from the last delivered event", async () => {
  await withUncaught(async (reported) => {
    const { client, script, states } = await online({}, [CHAT]);
    const received: number[] = [];
    client.on("message", ({ seq }) => received.push(seq));
    const broken = { req_id: 2001, data: null } as unknown as Frame;
    script.answer({ data: polled("1", [frame(CHAT, 1), broken]) });
    await vi.advanceTimersByTimeAsync(0);
    expect(reported).toMatchObject([{ name: "TypeError" }]);
    expect(states).toMatchObject([{ status: "waiting", retryIn: 1000, error: { kind: "protocol" } }]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(script.asked).toEqual([FIRST_POLL]);
    script.answer({ data: polled("1", [frame(CHAT, 1)]) });
    await vi.advanceTimersByTimeAsync(0);
    expect(received).toEqual([1]);
    expect(states.slice(1)).toEqual([{ status: "connecting" }, { status: "online" }]);
    client.close();
  });
});

test("a poll without a timely answer is abandoned, and the next one asks for an immediate answer", async () => {
  const { client, script, states } = await online();
  await vi.advanceTimersByTimeAsync(34_999);
  expect(states).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(states).toMatchObject([{ status: "waiting", retryIn: 1000, error: { kind: "transport" } }]);
  await vi.advanceTimersByTimeAsync(1000);
  expect(script.asked).toEqual([FIRST_POLL]);
  script.answer({ data: polled("0") });
  await vi.advanceTimersByTimeAsync(0);
  expect(script.asked).toEqual([FIRST_POLL, POLL]);
  expect(states.slice(1)).toEqual([{ status: "connecting" }, { status: "online" }]);
  client.close();
});

test.for([
  [10101, "new_login"],
  [10101, "logout"],
  [10101, "revoked"],
  [10101, "unknown"],
  [10102, "token_expired"],
  [10103, undefined],
] as [number, Reason | undefined][])(
  "a poll that answers %i %s is the last request",
  async ([code, reason]) => {
    const { client, script, states } = await online();
    script.answer({ status: 401, code, data: reason ? { reason } : {} });
    await vi.advanceTimersByTimeAsync(0);
    expect(states).toEqual([{ status: "kicked", reason }]);
    const late = client.send(client.conversationWith(YOU), text("too late"));
    await expect(late).rejects.toMatchObject({ kind: "aborted", status: 401 });
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(script.asked).toEqual([]);
    expect(states).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  },
);

test.for([
  [10101, "unknown"],
  [10101, "new_login"],
  [10101, "revoked"],
  [10102, "token_expired"],
  [10103, undefined],
] as [number, Reason | undefined][])(
  "after %i %s unsent messages are kept, and the user's next login sends them",
  async ([code, reason]) => {
    const store = new MemoryStore();
    const options = { openStore: () => Promise.resolve(store) };
    const { client, script } = await online(options);
    void client.send(CHAT, text("unsent"), "unsent");
    await vi.advanceTimersByTimeAsync(0);
    script.answer("cut", '"unsent"');
    script.answer({ status: 401, code, data: reason ? { reason } : {} }, "realtime/poll");
    await vi.advanceTimersByTimeAsync(0);
    expect(client.state.snapshot()).toEqual({ status: "kicked", reason });
    expect((await store.load()).outbox).toMatchObject([{ client_msg_id: "unsent", status: "queued" }]);
    const next = new Script();
    const again = new Longwave("http://127.0.0.1:1", { fetch: next.fetch, ...options });
    const client2 = again.resume({ userId: ME, token: "the next token" });
    void client2.connect();
    await vi.advanceTimersByTimeAsync(0);
    expect(next.asked.filter((asked) => asked.includes('"unsent"'))).toHaveLength(1);
    client2.close();
  },
);

test("a login that was logged out elsewhere drops its own data, and none of the user's next login", async () => {
  const store = new MemoryStore();
  const options = { openStore: () => Promise.resolve(store) };
  const first = await online(options);
  void first.client.send(CHAT, text("of the first"), "first");
  await vi.advanceTimersByTimeAsync(0);
  first.script.answer("cut", '"first"');
  // A page without a channel to the first one logs out and in again.
  await store.clear();
  const second = await online(options, [CHAT]);
  void second.client.send(CHAT, text("of the second"), "second");
  second.script.answer({ data: polled("1", [frame(CHAT, 1)]) }, "realtime/poll");
  await vi.advanceTimersByTimeAsync(0);
  first.script.answer({ status: 401, code: 10101, data: { reason: "logout" } }, "realtime/poll");
  await vi.advanceTimersByTimeAsync(0);
  expect(first.client.state.snapshot()).toEqual({ status: "kicked", reason: "logout" });
  expect(await store.load()).toMatchObject({
    cursor: "1",
    positions: [[CHAT, 1]],
    rows: [{ conversation: { conversation_id: CHAT } }],
    outbox: [{ client_msg_id: "second", status: "queued" }],
  });

  second.script.answer({ status: 401, code: 10101, data: { reason: "logout" } }, "realtime/poll");
  await vi.advanceTimersByTimeAsync(0);
  expect(await store.load()).toEqual({ cursor: undefined, positions: [], rows: [], outbox: [] });
});

test("a closed client leaves no timer and no request", async () => {
  const { client, script } = await online();
  client.typing(client.conversationWith(YOU));
  client.presence(YOU).subscribe(() => undefined);
  client.profile(YOU).subscribe(() => undefined);
  client.timeline(client.conversationWith(YOU)).subscribe(() => undefined);
  void client.send(client.conversationWith(YOU), text("hi"));
  await vi.advanceTimersByTimeAsync(0);
  client.close();
  script.asked.length = 0;
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(script.asked).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
  await expect(client.connect()).resolves.toBeUndefined();
});

test("a client that was closed first does not open its store to connect", async () => {
  const openStore = vi.fn(() => Promise.resolve(new MemoryStore()));
  const client = resumed(new Script(), { openStore });
  client.close();
  await expect(client.connect()).rejects.toMatchObject({ kind: "aborted" });
  expect(openStore).not.toHaveBeenCalled();
});

test("typing is sent every four seconds, and at once after a message", async () => {
  const { client, script } = await online();
  const sent = () => script.asked.filter((asked) => asked.includes("typing")).length;
  for (let key = 0; key < 3; key++) client.typing(CHAT);
  expect(sent()).toBe(1);
  void client.send(CHAT, text("hi"));
  for (let key = 0; key < 3; key++) client.typing(CHAT);
  expect(sent()).toBe(2);
  await vi.advanceTimersByTimeAsync(4000);
  client.typing(CHAT);
  expect(sent()).toBe(3);
  client.close();
});

test("a message to a conversation that is not the user's throws at once", async () => {
  const { client } = await online();
  for (const id of ["", "nx__you", "si_nx__a:nx__b", "si_nx__me"]) {
    expect(() => client.send(id, text("hi"))).toThrow(TypeError);
  }
  client.close();
});

test("a relative address is valid only in a page", () => {
  expect(() => new Longwave("no address")).toThrow(TypeError);
  expect(() => new Longwave("/")).toThrow(TypeError);
});

test("a listener may close the client, and the last event is delivered again", async () => {
  const store = new MemoryStore();
  const { client, script } = await online({ openStore: () => Promise.resolve(store) }, [CHAT]);
  client.on("message", () => {
    client.close();
  });
  script.answer({ data: polled("1", [frame(CHAT, 1)]) });
  await vi.advanceTimersByTimeAsync(0);
  expect(client.state.snapshot()).toEqual({ status: "closed" });
  expect(await store.load()).toMatchObject({ cursor: "0", positions: [[CHAT, 0]] });
});

test("a listener may send, and its event is stored all the same", async () => {
  const store = new MemoryStore();
  const { client, script } = await online({ openStore: () => Promise.resolve(store) }, [CHAT]);
  client.on("message", () => void client.send(CHAT, text("pong"), "pong"));
  script.answer({ data: polled("1", [frame(CHAT, 1)]) });
  await vi.advanceTimersByTimeAsync(0);
  expect(await store.load()).toMatchObject({
    cursor: "1",
    rows: [{ conversation: { conversation_id: CHAT, max_seq: 1 } }],
    outbox: [{ client_msg_id: "pong" }],
  });
  client.close();
});

test("a leader from which another tab takes the lead stops at once, follows, and may lead again", async () => {
  const { client, script, others, store } = await leader();
  const sent = client.send(CHAT, text("hi"), "m");
  await vi.advanceTimersByTimeAsync(0);
  script.asked.length = 0;
  others.posted.length = 0;
  others.take();
  await vi.advanceTimersByTimeAsync(0);
  script.answer({ data: polled("1", [frame(CHAT, 1)]) }, "realtime/poll");
  script.answer("cut", "message/send");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(script.asked).toEqual([]);
  expect(others.postedOf("batch")).toEqual([]);
  expect(others.postedOf("hello")).toHaveLength(1);
  expect(await store.load()).toMatchObject({ cursor: "0", outbox: [{ client_msg_id: "m" }] });

  const ack = { server_msg_id: "s", conversation_id: CHAT, seq: 2, send_time: 1 };
  const outbox = [entry("m", { status: "stored", ack })];
  others.say({ kind: "snapshot", leader: "other", n: 3, snapshot: snapshot({ outbox }) });
  await expect(sent).resolves.toEqual(ack);
  expect(client.conversations.snapshot()).toMatchObject([{ max_seq: 2 }]);
  others.lead();
  await vi.advanceTimersByTimeAsync(0);
  expect(script.asked).toEqual(["GET realtime/poll?cursor=7&timeout=0"]);
  client.close();
});

test("a tab that becomes the leader stores the changes that it received before", async () => {
  const gone = { positions: [["si_gone", 5] as const], messages: [message("si_gone", 5)] };
  const { client, script, others, store } = await follower({ cursor: "6", ...gone });
  others.say({ kind: "snapshot", leader: "other", n: 3, snapshot: snapshot() });
  const changes = [
    { type: "positions", positions: [[CHAT, 2]] } as const,
    { type: "message", message: message(CHAT, 3) } as const,
  ];
  const progress = { cursor: "8", positions: [[CHAT, 3] as const] };
  others.say({ kind: "batch", leader: "other", n: 4, changes, progress });
  expect(await store.load()).toMatchObject({ cursor: "6", rows: [] });
  others.lead();
  await vi.advanceTimersByTimeAsync(0);
  expect(script.asked).toEqual(["GET realtime/poll?cursor=8&timeout=0"]);
  expect(await store.load()).toMatchObject({
    cursor: "8",
    positions: [[CHAT, 3]],
    rows: [{ conversation: { conversation_id: CHAT, max_seq: 3 } }],
  });
  expect(await store.messages("si_gone", 1, 9)).toEqual([]);
  client.close();
});

test("a tab that leads after it dropped its data deletes the stored cursor of that data", async () => {
  const { client, script, others, store } = await follower({ cursor: "6", positions: [[CHAT, 5]] });
  others.say({ kind: "snapshot", leader: "other", n: 3, snapshot: snapshot() });
  const changes = [{ type: "forgotten", since: "9" } as const];
  const progress = { cursor: undefined, positions: [] };
  others.say({ kind: "batch", leader: "other", n: 4, changes, progress });
  others.lead();
  await vi.advanceTimersByTimeAsync(0);
  expect(script.asked).toEqual(["GET realtime/poll?timeout=0"]);
  expect(await store.load()).toMatchObject({ cursor: undefined, positions: [] });
  client.close();
});

test.for(["close", "kicked", "logout"])("a logout after %s drops the stored data", async (end) => {
  const [store, others] = [new MemoryStore(), new Others()];
  const openStore = vi.fn(() => Promise.resolve(store));
  const script = new Script({ data: polled("0") }, { data: positions({}) }, { data: list([]) });
  const client = resumed(script, { openStore, tabTools: others.tools });
  void client.connect();
  await vi.advanceTimersByTimeAsync(0);
  others.lead();
  await vi.advanceTimersByTimeAsync(0);
  if (end === "close") client.close();
  else if (end === "kicked") script.answer({ status: 401, code: 10102, data: { reason: "token_expired" } });
  else void client.logout();
  await vi.advanceTimersByTimeAsync(0);
  // Data written since then.
  await store.write({ cursor: "9", outbox: [entry("m")] });
  const done = client.logout();
  await vi.advanceTimersByTimeAsync(0);
  expect(await store.load()).toEqual({ cursor: undefined, positions: [], rows: [], outbox: [] });
  // This logout, and the one before.
  script.answer({ data: {} }, "auth/logout");
  script.answer({ data: {} }, "auth/logout");
  await done;
});

test("notes that arrive while the store is read are requested again and not overwritten", async () => {
  const [script, others] = [new Script(), new Others()];
  let give: (saved: Saved) => void = () => undefined;
  class Slow extends MemoryStore {
    override load = () => new Promise<Saved>((resolve) => (give = resolve));
  }
  const client = resumed(script, { openStore: () => Promise.resolve(new Slow()), tabTools: others.tools });
  void client.connect();
  await vi.advanceTimersByTimeAsync(0);
  const note = { kind: "snapshot", leader: "other", n: 1, snapshot: snapshot() } as const;
  others.say(note);
  const old = { conversation: conversation(CHAT, { max_seq: 1 }), rank: 1 };
  give({ cursor: "6", positions: [[CHAT, 1]], rows: [old], outbox: [] });
  await vi.advanceTimersByTimeAsync(0);
  expect(others.postedOf("hello")).toHaveLength(1);
  others.say(note);
  expect(client.conversations.snapshot()).toMatchObject([{ max_seq: 2 }]);
  client.close();
});

test("a snapshot gives the outcome of messages whose notes a tab missed", async () => {
  const { client, others } = await follower();
  const [sent, failed, open] = ["sent", "failed", "open"].map((id) => client.send(CHAT, text(id), id));
  open!.catch(() => undefined);
  const ack = { server_msg_id: "s", conversation_id: CHAT, seq: 3, send_time: 1 };
  const error = { kind: "refused", message: "no", status: 403, code: 10303 } as const;
  const outbox = [entry("sent", { status: "stored", ack }), entry("failed", { status: "failed", error })];
  others.posted.length = 0;
  others.say({ kind: "snapshot", leader: "other", n: 3, snapshot: snapshot({ outbox }) });
  await expect(sent).resolves.toEqual(ack);
  await expect(failed).rejects.toMatchObject({ code: 10303 });
  expect(others.postedOf("local")).toMatchObject([{ changes: [{ entry: { client_msg_id: "open" } }] }]);
  client.close();
});

test("of several failing read positions only the last one is retried", async () => {
  const { client, script } = await online({}, [CHAT]);
  script.answer(
    {
      data: polled(
        "1",
        [1, 2, 3, 4].map((seq) => frame(CHAT, seq)),
      ),
    },
    "realtime/poll",
  );
  await vi.advanceTimersByTimeAsync(0);
  const sent = () => script.asked.filter((asked) => asked.includes("conversation/read"));
  const failed = [1, 2, 3].map((seq) => client.markRead(CHAT, seq));
  const last = client.markRead(CHAT, 4);
  for (const each of failed) each.catch(() => undefined);
  for (let second = 0; second < 7; second += 1) {
    for (const seq of [1, 2, 3, 4]) {
      script.answer({ status: 403, page: "<h1>Forbidden</h1>" }, `"read_seq":${seq}`);
    }
    await vi.advanceTimersByTimeAsync(1000);
  }
  expect(
    sent()
      .map((asked) => /read_seq":(\d)/.exec(asked)?.[1])
      .join(""),
  ).toBe("1234444");
  for (const each of failed) await expect(each).rejects.toMatchObject({ kind: "protocol" });
  script.answer({ data: { read_seq: 4 } }, "conversation/read");
  await expect(last).resolves.toBe(4);
  client.close();
});

test("a read position is not reported in another history, and hinders no lower one there", async () => {
  const { client, script } = await online({}, [CHAT]);
  const sent = () => script.asked.filter((asked) => asked.includes("conversation/read"));
  const before = client.markRead(CHAT, 9);
  before.catch(() => undefined);
  await vi.advanceTimersByTimeAsync(0);
  script.answer("cut", "conversation/read");
  await vi.advanceTimersByTimeAsync(0);
  script.answer({ data: reset("9", "other_history") }, "realtime/poll");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(sent()).toHaveLength(1);
  await expect(before).rejects.toMatchObject({ kind: "aborted" });

  const after = client.markRead(CHAT, 2);
  await vi.advanceTimersByTimeAsync(0);
  script.answer("cut", "conversation/read");
  await vi.advanceTimersByTimeAsync(1000);
  script.answer({ data: { read_seq: 2 } }, "conversation/read");
  await expect(after).resolves.toBe(2);
  client.close();
});

test("a message that is sent twice is one message, and both calls resolve", async () => {
  const { client, script } = await online();
  const sent = [client.send(CHAT, text("once"), "m"), client.send(CHAT, text("once"), "m")];
  await vi.advanceTimersByTimeAsync(0);
  const ack = { server_msg_id: "s", conversation_id: CHAT, seq: 1, send_time: 1 };
  script.answer({ data: ack }, "message/send");
  await expect(Promise.all(sent)).resolves.toEqual([ack, ack]);
  expect(script.asked.filter((it) => it.includes("message/send"))).toHaveLength(1);
  client.close();
});

test("a message of the user that the feed delivers is shown without being pulled", async () => {
  const { client, script } = await online({}, [CHAT]);
  const timeline = client.timeline(CHAT);
  timeline.subscribe(() => undefined);
  void client.send(CHAT, text("mine"), `${CHAT}-1`);
  await vi.advanceTimersByTimeAsync(0);
  script.answer({ data: polled("1", [other(frame(CHAT, 1), { sender_id: ME })]) }, "realtime/poll");
  await vi.advanceTimersByTimeAsync(0);
  expect(timeline.snapshot().entries).toMatchObject([{ client_msg_id: `${CHAT}-1`, status: "sent", seq: 1 }]);
  expect(script.asked.filter((asked) => asked.includes("message/pull"))).toEqual([]);
  client.close();
});

test("messages written before the store is read go after the stored ones", async () => {
  const [script, store] = [new Script(), new MemoryStore()];
  await store.write({ outbox: [entry("kept 1", { n: 1 }), entry("kept 2", { n: 2 })] });
  const client = resumed(script, { openStore: () => Promise.resolve(store) });
  void client.send(CHAT, text("early 1"), "early 1");
  void client.send(CHAT, text("early 2"), "early 2");
  void client.connect();
  await vi.advanceTimersByTimeAsync(0);
  const ids = (await store.load()).outbox.map((it) => it.client_msg_id);
  expect(ids).toEqual(["kept 1", "kept 2", "early 1", "early 2"]);
  const [first] = script.asked.filter((it) => it.includes("message/send"));
  expect(first).toContain("kept 1");
  client.close();
});

test("messages that the server has not acknowledged count as unsent", async () => {
  const { client, others } = await follower({ outbox: [entry("queued")] });
  expect(client.unsent).toBe(1);
  const error = { kind: "refused", message: "no" } as const;
  const ack = { server_msg_id: "s", conversation_id: CHAT, seq: 3, send_time: 1 };
  const outbox = [
    entry("failed", { status: "failed", error }),
    entry("stored", { status: "stored", ack }),
    entry("queued"),
  ];
  others.say({ kind: "snapshot", leader: "other", n: 1, snapshot: snapshot({ outbox }) });
  expect(client.unsent).toBe(2);
  client.close();
});

test("every new conversation is reported, even if the list was read for another one", async () => {
  const { client, script } = await online();
  const reported: string[] = [];
  client.on("conversation", (it) => reported.push(it.conversation_id));
  script.answer({ data: polled("1", [frame(CHAT, 1), frame("sg_g", 1)]) });
  await vi.advanceTimersByTimeAsync(0);
  script.answer({ data: list(["sg_g", CHAT]) }, "conversation/list");
  await vi.advanceTimersByTimeAsync(0);
  expect(reported).toEqual(["sg_g", CHAT]);
  client.close();
});

/** Answers the waiting poll with a reset, and the requests that follow. */
async function resetOnce(script: Script): Promise<void> {
  script.answer({ data: polled("1", [], true) }, "realtime/poll");
  await vi.advanceTimersByTimeAsync(0);
  script.answer({ data: positions({}) }, "max_seqs");
  await vi.advanceTimersByTimeAsync(0);
  script.answer({ data: list([]) }, "conversation/list");
  await vi.advanceTimersByTimeAsync(0);
}

test("after a reset, data without further events is read again", async () => {
  const { client, script } = await online();
  client.presence(YOU).subscribe(() => undefined);
  client.group("g").subscribe(() => undefined);
  client.profile(ME).subscribe(() => undefined);
  await vi.advanceTimersByTimeAsync(0);
  const asked = [
    "GET group/info?group_id=g",
    `GET user/info?user_ids=${ME}`,
    `POST user/online_subscribe {"user_ids":["${YOU}"]}`,
  ];
  expect(script.asked.splice(0).sort()).toEqual(asked);
  script.answer({ data: { group_id: "g" } }, "group/info");
  script.answer({ data: { items: [] } }, "online_subscribe");
  await resetOnce(script);
  expect(script.asked.filter((it) => !/poll|max_seqs|list/.test(it)).sort()).toEqual(asked);
  client.close();
});

test("a server that accepts no cursor is polled with pauses", async () => {
  const { client, script } = await online();
  await resetOnce(script);
  expect(script.asked.at(-1)).toBe("GET realtime/poll?cursor=1&timeout=25");
  await resetOnce(script);
  expect(script.asked.at(-1)).toBe("GET realtime/poll?cursor=1&timeout=25");
  await vi.advanceTimersByTimeAsync(1999);
  expect(script.asked.filter((it) => it.includes("max_seqs"))).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(script.asked.at(-1)).toBe("GET message/max_seqs");
  client.close();
});

/** Messages of the history after a restore. */
const restored = (seq: number) => ({
  ...message(CHAT, seq),
  server_msg_id: `restored ${seq}`,
  content: '{"text":"restored"}',
});

test("after a change of history all server data is dropped and read again, and unsent messages are sent", async () => {
  const store = new MemoryStore();
  const { client, script, states } = await online({ openStore: () => Promise.resolve(store) }, [
    CHAT,
    "sg_lost",
  ]);
  const resets = vi.fn();
  client.on("reset", resets);
  const timeline = client.timeline(CHAT);
  timeline.subscribe(() => undefined);
  const [profile, group] = [client.profile(YOU), client.group("lost")];
  const presence = client.presence(YOU);
  for (const view of [profile, group, presence]) view.subscribe(() => undefined);
  await vi.advanceTimersByTimeAsync(0);
  script.answer({ data: { users: [{ user_id: YOU, nickname: "before" }] } }, "user/info");
  script.answer({ data: { group_id: "lost", name: "before" } }, "group/info");
  script.answer({ data: { items: [{ user_id: YOU, online: true, platform_ids: [5] }] } }, "online_subscribe");
  script.answer({ data: polled("1", [frame(CHAT, 1), frame(CHAT, 2)]) }, "realtime/poll");
  await vi.advanceTimersByTimeAsync(0);
  expect(timeline.snapshot().entries.map((entry) => entry.seq)).toEqual([1, 2]);
  void client.send(CHAT, text("unsent"), "unsent");
  const stored = client.send("sg_lost", text("stored"), "stored");
  await vi.advanceTimersByTimeAsync(0);
  const ack = { server_msg_id: "s", conversation_id: "sg_lost", seq: 1, send_time: 1 };
  script.answer({ data: ack }, '"stored"');
  await stored;
  script.answer("cut", '"unsent"');
  script.asked.length = 0;

  script.answer({ data: reset("9", "other_history") }, "realtime/poll");
  await vi.advanceTimersByTimeAsync(0);
  expect(resets).toHaveBeenCalledTimes(1);
  expect(states.at(-1)).toEqual({ status: "connecting" });
  expect(client.conversations.snapshot()).toEqual([]);
  expect(timeline.snapshot().entries).toMatchObject([{ client_msg_id: "unsent", status: "sending" }]);
  expect(client.timeline("sg_lost").snapshot().entries).toEqual([]);
  expect([profile.snapshot(), group.snapshot(), presence.snapshot()]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(await store.messages(CHAT, 1, 9)).toEqual([]);
  expect(await store.load()).toMatchObject({
    cursor: undefined,
    positions: [],
    rows: [],
    outbox: [{ client_msg_id: "unsent" }],
  });

  script.answer({ data: positions({ [CHAT]: [1, 1] }) }, "max_seqs");
  await vi.advanceTimersByTimeAsync(0);
  script.answer({ data: { messages: [restored(1)], has_more: false } }, "message/pull");
  const chat = conversation(CHAT, { max_seq: 1, last_message: restored(1) });
  script.answer({ data: { ...list([]), conversations: [chat] } }, "conversation/list");
  script.answer({ data: { users: [{ user_id: YOU, nickname: "restored" }] } }, "user/info");
  await vi.advanceTimersByTimeAsync(0);
  expect(timeline.snapshot().entries).toMatchObject([
    { seq: 1, content: '{"text":"restored"}' },
    { client_msg_id: "unsent" },
  ]);
  expect(profile.snapshot()).toMatchObject({ nickname: "restored" });
  expect(states.at(-1)).toEqual({ status: "online" });
  expect(script.asked.at(-1)).toBe("GET realtime/poll?cursor=9&timeout=25");
  expect(await store.load()).toMatchObject({ cursor: "9", positions: [[CHAT, 1]] });
  await vi.advanceTimersByTimeAsync(1000);
  expect(script.asked.filter((asked) => asked.includes('"unsent"'))).toHaveLength(1);
  client.close();
});

test("a client with stored data of another history drops it, and sends its unsent messages", async () => {
  const store = new MemoryStore();
  const row = { conversation: conversation(CHAT, { max_seq: 5, last_message: message(CHAT, 5) }), rank: 1 };
  await store.write({ cursor: "5", positions: [[CHAT, 5]], rows: [row], outbox: [entry("unsent")] });
  await store.write({ messages: [1, 2, 3, 4, 5].map((seq) => message(CHAT, seq)) });
  const script = new Script();
  const client = resumed(script, { openStore: () => Promise.resolve(store) });
  const timeline = client.timeline(CHAT);
  timeline.subscribe(() => undefined);
  void client.connect();
  await vi.advanceTimersByTimeAsync(0);
  expect(timeline.snapshot().entries).toHaveLength(6);
  script.answer({ data: reset("9", "other_history") }, "realtime/poll");
  await vi.advanceTimersByTimeAsync(0);
  script.answer({ data: positions({ [CHAT]: [1, 2] }) }, "max_seqs");
  await vi.advanceTimersByTimeAsync(0);
  // Two of the five seqs exist again: their stored messages are not shown.
  script.answer({ data: { messages: [restored(1), restored(2)], has_more: false } }, "message/pull");
  await vi.advanceTimersByTimeAsync(0);
  const contents = timeline.snapshot().entries.map((it) => it.content);
  expect(contents).toEqual(['{"text":"restored"}', '{"text":"restored"}', '{"text":"unsent"}']);
  expect((await store.messages(CHAT, 1, 9)).map((it) => it.server_msg_id)).toEqual([
    "restored 1",
    "restored 2",
  ]);
  expect(script.asked.filter((asked) => asked.includes("message/send"))).toHaveLength(1);
  client.close();
});

test("an answer from an earlier history is not stored in the current one", async () => {
  const store = new MemoryStore();
  const { client, script } = await online({ openStore: () => Promise.resolve(store) }, [CHAT]);
  script.answer({ data: polled("1", [frame(CHAT, 1), frame(CHAT, 2)]) }, "realtime/poll");
  await vi.advanceTimersByTimeAsync(0);
  await store.shrink();
  const read = client.history(CHAT);
  await vi.advanceTimersByTimeAsync(0);
  script.answer({ data: reset("9", "other_history") }, "realtime/poll");
  await vi.advanceTimersByTimeAsync(0);
  script.answer({ data: pulled(CHAT, [1, 2]) }, "message/pull");
  await vi.advanceTimersByTimeAsync(0);
  expect(await store.messages(CHAT, 1, 9)).toEqual([]);
  script.answer({ data: { messages: [restored(1)], has_more: false } }, "message/pull");
  expect((await read).messages.map((it) => it.server_msg_id)).toEqual(["restored 1"]);
  client.close();
});

test.for(["received", "missed"])("a tab drops its data for another history that it %s", async (how) => {
  const { client, others } = await follower({ cursor: "6", outbox: [entry("unsent")] });
  const resets = vi.fn();
  client.on("reset", resets);
  const outbox = [entry("unsent")];
  others.say({ kind: "snapshot", leader: "other", n: 1, snapshot: snapshot({ outbox }) });
  expect(client.conversations.snapshot()).toMatchObject([{ max_seq: 2 }]);
  const progress = { cursor: undefined, positions: [] };
  const batch = {
    kind: "batch",
    leader: "other",
    changes: [{ type: "forgotten", since: "9" }],
    progress,
  } as const;
  others.say({ ...batch, n: how === "missed" ? 3 : 2 });
  if (how === "missed") {
    const feed = { cursor: "9", positions: [] };
    const state = { status: "online" } as const;
    others.say({
      kind: "snapshot",
      leader: "other",
      n: 3,
      snapshot: snapshot({ history: "9", feed, rows: [], outbox, state }),
    });
  }
  expect(client.conversations.snapshot()).toEqual([]);
  expect(resets).toHaveBeenCalledTimes(1);
  expect(client.unsent).toBe(1);
  client.close();
});

/** A leading tab, and its subscriptions since then. */
async function leader() {
  const tab = await follower({ cursor: "0" });
  tab.others.lead();
  await vi.advanceTimersByTimeAsync(0);
  const wants = (name: string, ...userIds: string[]) => {
    tab.others.say({ kind: "wants", tab: name, userIds });
  };
  const subscribed = () =>
    tab.script.asked
      .filter((it) => it.includes("online_subscribe"))
      .map((it) => (JSON.parse(it.slice(it.indexOf("{"))) as { user_ids: string[] }).user_ids.join());
  return { ...tab, wants, subscribed };
}

test("subscriptions are sent one by one, and only the last waiting one is sent", async () => {
  const { client, script, wants, subscribed } = await leader();
  wants("b", "nx__1");
  await vi.advanceTimersByTimeAsync(0);
  wants("b", "nx__2");
  wants("b", "nx__3");
  await vi.advanceTimersByTimeAsync(0);
  expect(subscribed()).toEqual(["nx__1"]);
  script.answer({ data: { items: [] } }, "online_subscribe");
  await vi.advanceTimersByTimeAsync(0);
  expect(subscribed()).toEqual(["nx__1", "nx__3"]);
  client.close();
});

test("a subscription whose answer cannot be read does not prevent the next one", async () => {
  await withUncaught(async (reported) => {
    const { client, script, wants, subscribed } = await leader();
    wants("b", "nx__1");
    await vi.advanceTimersByTimeAsync(0);
    script.answer({ data: {} }, "online_subscribe");
    await vi.advanceTimersByTimeAsync(0);
    expect(reported).toMatchObject([{ name: "TypeError" }]);
    wants("b", "nx__2");
    await vi.advanceTimersByTimeAsync(0);
    expect(subscribed()).toEqual(["nx__1", "nx__2"]);
    client.close();
  });
});

test("the wants of a tab that ended silently are dropped once another one opens", async () => {
  const { client, others, wants, subscribed, script } = await leader();
  client.presence("nx__mine").subscribe(() => undefined);
  await vi.advanceTimersByTimeAsync(0);
  wants("dead", "nx__1");
  script.answer({ data: { items: [] } }, "online_subscribe");
  await vi.advanceTimersByTimeAsync(0);
  script.answer({ data: { items: [] } }, "online_subscribe");
  await vi.advanceTimersByTimeAsync(0);
  others.say({ kind: "hello" });
  wants("new", "nx__2");
  await vi.advanceTimersByTimeAsync(0);
  expect(subscribed()).toEqual(["nx__mine", "nx__mine,nx__1", "nx__mine,nx__2"]);
  client.close();
});

test("a tab repeats its wants when another one opens, and withdraws them at its end", async () => {
  const { client, others } = await follower();
  client.presence(YOU).subscribe(() => undefined);
  await vi.advanceTimersByTimeAsync(0);
  others.posted.length = 0;
  others.say({ kind: "hello" });
  client.close();
  expect(others.postedOf("wants").map((note) => note.userIds)).toEqual([[YOU], []]);
});

test("a load of messages fails if another program keeps answering, and can be repeated", async () => {
  const at = { [CHAT]: [1, 3] as [number, number] };
  const script = new Script({ data: polled("0") }, { data: positions(at) }, { data: list([CHAT]) });
  const client = resumed(script);
  void client.connect();
  await vi.advanceTimersByTimeAsync(0);
  const timeline = client.timeline(CHAT);
  timeline.subscribe(() => undefined);
  for (let second = 0; second < 60; second += 1) {
    await vi.advanceTimersByTimeAsync(1000);
    script.answer({ status: 403, page: "<h1>Forbidden</h1>" }, "message/pull");
  }
  expect(script.asked.filter((asked) => asked.includes("message/pull"))).toHaveLength(5);
  expect(timeline.snapshot()).toMatchObject({ isLoading: false, error: { kind: "protocol", status: 403 } });
  const again = timeline.loadOlder();
  await vi.advanceTimersByTimeAsync(0);
  script.answer({ data: pulled(CHAT, [1, 2, 3]) }, "message/pull");
  await again;
  expect(timeline.snapshot().entries).toHaveLength(3);
  client.close();
});

test("history before the first connection connects first, and ends at the newest message", async () => {
  const at = { [CHAT]: [1, 3] as [number, number] };
  const script = new Script({ data: polled("0") }, { data: positions(at) }, { data: list([CHAT]) });
  const client = resumed(script);
  const read = client.history(CHAT, { before: 1000, limit: 2 });
  await vi.advanceTimersByTimeAsync(0);
  expect(script.asked.at(-1)).toContain("begin_seq=2&end_seq=3");
  script.answer({ data: pulled(CHAT, [2, 3]) }, "message/pull");
  expect(await read).toMatchObject({ messages: [{ seq: 2 }, { seq: 3 }], hasOlder: true });
  client.close();
});

test("a revoked message loses its text in the timeline, the list and the store, and is no longer unread", async () => {
  const store = new MemoryStore();
  const { client, script } = await online({ openStore: () => Promise.resolve(store) }, [CHAT]);
  const changed: string[] = [];
  client.on("changed", (message) => changed.push(message.content));
  const timeline = client.timeline(CHAT);
  timeline.subscribe(() => undefined);
  script.answer({ data: polled("2", [frame(CHAT, 1), frame(CHAT, 2)]) });
  await vi.advanceTimersByTimeAsync(0);
  expect(client.conversations.snapshot()[0]).toMatchObject({ unread: 2 });
  // The same frame comes again after an answer that was lost.
  script.answer({ data: polled("3", [revocation(CHAT, 2, 3), revocation(CHAT, 2, 3)]) });
  await vi.advanceTimersByTimeAsync(0);
  expect(timeline.snapshot().entries.map(({ content, erased }) => [content, erased])).toEqual([
    [message(CHAT, 1).content, undefined],
    ["{}", "revoked"],
  ]);
  expect(client.conversations.snapshot()[0]).toMatchObject({ unread: 1, last_message: { content: "{}" } });
  expect((await store.messages(CHAT, 2, 2))[0]?.content).toBe("{}");
  expect(changed[0]).toBe("{}");
  client.close();
});

test("a quote follows its message, in the timeline and the list, and is not stored", async () => {
  const store = new MemoryStore();
  const { client, script } = await online({ openStore: () => Promise.resolve(store) }, [CHAT]);
  const timeline = client.timeline(CHAT);
  timeline.subscribe(() => undefined);
  const quote = { seq: 1, sender_id: "u___1", content_type: 1, preview: "a secret" } as const;
  const reply = { req_id: 2001, data: { event_id: 2, ...message(CHAT, 2), quote } } as const;
  script.answer({ data: polled("2", [frame(CHAT, 1), reply]) });
  await vi.advanceTimersByTimeAsync(0);
  expect(timeline.snapshot().entries[1]?.quote).toEqual(quote);
  script.answer({ data: polled("3", [revocation(CHAT, 1, 3)]) });
  await vi.advanceTimersByTimeAsync(0);
  const revoked = { seq: 1, content_type: 1, status: 1 };
  expect(timeline.snapshot().entries[1]?.quote).toMatchObject(revoked);
  expect(timeline.snapshot().entries[1]?.quote).not.toHaveProperty("preview");
  expect(client.conversations.snapshot()[0]?.last_message?.quote).toMatchObject(revoked);
  expect(await store.messages(CHAT, 1, 2)).toHaveLength(1);
  client.close();
});

test("an answer from before a revocation does not bring the text back", async () => {
  const at = { [CHAT]: [1, 2] as [number, number] };
  const script = new Script({ data: polled("0") }, { data: positions(at) }, { data: list([CHAT]) });
  const client = resumed(script);
  const history = client.history(CHAT, { limit: 10 });
  await vi.advanceTimersByTimeAsync(0);
  script.answer({ data: polled("3", [revocation(CHAT, 2, 3)]) }, "realtime/poll");
  await vi.advanceTimersByTimeAsync(0);
  script.answer({ data: pulled(CHAT, [1, 2]) }, "message/pull");
  const { messages } = await history;
  expect(messages.map(({ content }) => content)).toEqual([message(CHAT, 1).content, "{}"]);
  client.close();
});

test("an edited message has its new text in the timeline, the list and the store, and stays unread", async () => {
  const store = new MemoryStore();
  const { client, script } = await online({ openStore: () => Promise.resolve(store) }, [CHAT]);
  const timeline = client.timeline(CHAT);
  timeline.subscribe(() => undefined);
  script.answer({ data: polled("2", [frame(CHAT, 1), frame(CHAT, 2)]) });
  await vi.advanceTimersByTimeAsync(0);
  script.answer({ data: polled("3", [edit(CHAT, 2, 3, 2, "new")]) });
  await vi.advanceTimersByTimeAsync(0);
  const content = JSON.stringify({ text: "new" });
  expect(timeline.snapshot().entries.map(({ content, edited }) => [content, edited])).toEqual([
    [message(CHAT, 1).content, undefined],
    [content, true],
  ]);
  expect(client.conversations.snapshot()[0]).toMatchObject({ unread: 2, last_message: { content } });
  expect((await store.messages(CHAT, 2, 2))[0]?.content).toBe(content);
  client.close();
});

test("of a version in a frame and one in an answer, the later one is shown", async () => {
  const at = { [CHAT]: [1, 3] as [number, number] };
  const script = new Script({ data: polled("0") }, { data: positions(at) }, { data: list([CHAT]) });
  const client = resumed(script);
  const history = client.history(CHAT, { limit: 10 });
  await vi.advanceTimersByTimeAsync(0);
  const frames = [edit(CHAT, 1, 4, 2, "two"), edit(CHAT, 2, 5, 3, "three"), revocation(CHAT, 3, 6)];
  script.answer({ data: polled("6", frames) }, "realtime/poll");
  await vi.advanceTimersByTimeAsync(0);
  const answer = pulled(CHAT, [1, 2, 3]);
  const later = (version: number, text: string) => ({
    version,
    content: JSON.stringify({ text }),
    edited_at: 9,
  });
  const messages = answer.messages.map((message, index) => ({
    ...message,
    ...[later(3, "three"), later(2, "two"), later(9, "nine")][index],
  }));
  script.answer({ data: { ...answer, messages } }, "message/pull");
  const read = await history;
  expect(read.messages.map(({ content }) => content)).toEqual([
    JSON.stringify({ text: "three" }),
    JSON.stringify({ text: "three" }),
    "{}",
  ]);
  client.close();
});
