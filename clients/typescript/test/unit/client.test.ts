import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Longwave, text, type Client, type Reason, type State } from "../../src/index.js";
import { frame, list, ME, polled, positions, YOU } from "./made.js";
import { Script } from "./script.js";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const POLL = "GET realtime/poll?cursor=0&timeout=25";
const FIRST_POLL = "GET realtime/poll?cursor=0&timeout=0";

/** A client that polls, what it asked since then, and its states since then. */
async function online(): Promise<{ client: Client; script: Script; states: State[] }> {
  const script = new Script({ data: polled("0") }, { data: positions({}) }, { data: list([]) });
  const server = new Longwave("http://127.0.0.1:1", { fetch: script.fetch, random: () => 1 });
  const client = server.resume({ userId: ME, token: "a token of this test" });
  const connected = client.connect();
  await vi.advanceTimersByTimeAsync(0);
  await connected;
  expect(script.asked.splice(0).at(-1)).toBe(POLL);
  const states: State[] = [];
  client.on("state", (state) => states.push(state));
  return { client, script, states };
}

test("the cursor comes before the state, and every poll goes on from the last one", async () => {
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

test("a poll that another one ended is not repeated at once", async () => {
  const { client, script, states } = await online();
  script.answer({ data: polled("0") });
  await vi.advanceTimersByTimeAsync(999);
  expect(script.asked).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(script.asked).toEqual([POLL]);
  // One that has waited its time is.
  await vi.advanceTimersByTimeAsync(25_000);
  script.answer({ data: polled("0") });
  await vi.advanceTimersByTimeAsync(0);
  expect(script.asked).toEqual([POLL, POLL]);
  expect(states).toEqual([]);
  client.close();
});

test("a poll that is not answered in time is given up, and the next one asks for an answer at once", async () => {
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

test("a client that is closed leaves no timer and no request behind", async () => {
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

test("a message to what is no conversation of the user is refused here", async () => {
  const { client } = await online();
  for (const id of ["", "nx__you", "si_nx__a:nx__b", "si_nx__me"]) {
    expect(() => client.send(id, text("hi"))).toThrow(TypeError);
  }
  client.close();
});

test("an address may be relative to nothing but a page", () => {
  expect(() => new Longwave("no address")).toThrow(TypeError);
  expect(() => new Longwave("/")).toThrow(TypeError);
});
