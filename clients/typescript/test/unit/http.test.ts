import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Http } from "../../src/http.js";
import { Longwave } from "../../src/index.js";
import { Script, type Reply } from "./script.js";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const HOST = "http://127.0.0.1:1";

function call(reply: Reply | undefined, signal?: AbortSignal): Promise<unknown> {
  const script = reply === undefined ? new Script() : new Script(reply);
  return new Http(HOST, script.fetch, 5).call("GET", "/api/v1/user/me", { token: "t", signal });
}

test("a successful answer returns its data", async () => {
  expect(await call({ data: { user_id: "nx__me" } })).toEqual({ user_id: "nx__me" });
});

test("a request carries the token, the platform and its parameters", async () => {
  const script = new Script({ data: {} });
  const http = new Http(HOST, script.fetch, 7);
  const query = { conversation_id: "si_u___7:u___8", begin_seq: 1, cursor: undefined };
  await http.call("GET", "/api/v1/message/pull", { query, token: "t" });
  expect(script.asked).toEqual(["GET message/pull?conversation_id=si_u___7%3Au___8&begin_seq=1"]);
  expect(vi.mocked(script.fetch).mock.calls[0]![1]).toMatchObject({
    headers: { authorization: "Bearer t", "x-platform-id": "7" },
    credentials: "omit",
    cache: "no-store",
  });
});

test("a refusal has a code, a status, a reason and a retryAfter", async () => {
  await expect(call({ status: 429, code: 10005, retryAfter: "37" })).rejects.toMatchObject({
    failure: { kind: "refused", message: "refused", status: 429, code: 10005, retryAfter: 37_000 },
    isTemporary: true,
  });
  await expect(call({ status: 401, code: 10101, data: { reason: "new_login" } })).rejects.toMatchObject({
    code: 10101,
    reason: "new_login",
    isUnauthorized: true,
    isTemporary: false,
  });
  await expect(call({ status: 401, code: 10105 })).rejects.toMatchObject({ isUnauthorized: false });
});

test("Retry-After is read in seconds only, since a date would need a correct clock", async () => {
  for (const retryAfter of ["Wed, 21 Oct 2026 07:28:00 GMT", "-1", "1.5", ""]) {
    const refusal = call({ status: 503, code: 20101, retryAfter });
    await expect(refusal).rejects.toHaveProperty("retryAfter", undefined);
  }
});

test("an answer of another program is a protocol error", async () => {
  for (const page of ["", "<h1>Welcome</h1>", "null", "[]", "{}", '{"code":"0","message":"","data":{}}']) {
    await expect(call({ status: 200, page })).rejects.toMatchObject({ kind: "protocol", isTemporary: true });
  }
});

test("a cut connection is a transport error, which may be retried", async () => {
  await expect(call("cut")).rejects.toMatchObject({ kind: "transport", isTemporary: true });
});

test("a request without an answer is abandoned", async () => {
  const asked = call(undefined);
  asked.catch(() => undefined);
  await vi.advanceTimersByTimeAsync(10_000);
  await expect(asked).rejects.toMatchObject({ kind: "transport", message: "no answer within 10000 ms" });
  expect(vi.getTimerCount()).toBe(0);
});

test("an aborted request ends at once, and is not sent if it was aborted before", async () => {
  const stop = new AbortController();
  const asked = call(undefined, stop.signal);
  stop.abort();
  await expect(asked).rejects.toMatchObject({ kind: "aborted", isTemporary: false });
  const script = new Script();
  const late = new Http(HOST, script.fetch, 5).call("GET", "/api/v1/user/me", { signal: stop.signal });
  await expect(late).rejects.toMatchObject({ kind: "aborted" });
  expect(script.asked).toEqual([]);
});

test.for([
  ["https://chat.example", "https://chat.example"],
  ["https://chat.example/", "https://chat.example"],
  ["https://site.example/chat", "https://site.example/chat"],
  ["https://site.example/tools/chat/", "https://site.example/tools/chat"],
  ["https://site.example/chat/?from=mail#/home", "https://site.example/chat"],
] as const)("a server at %s is called under %s", async ([url, base]) => {
  const script = new Script({ data: { user_id: "nx__me", token: "t" } });
  await new Longwave(url, { fetch: script.fetch }).login("me", "battery staple");
  expect(vi.mocked(script.fetch).mock.calls[0]![0]).toBe(`${base}/api/v1/auth/login`);
});
