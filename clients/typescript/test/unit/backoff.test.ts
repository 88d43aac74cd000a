import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { delay, pause, persist, type Persistence } from "../../src/backoff.js";
import { LongwaveError, type Network } from "../../src/index.js";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A network that a test turns on and off. */
class Switch implements Network {
  isOnline = true;
  readonly #listeners = new Set<() => void>();
  online(): boolean {
    return this.isOnline;
  }
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  turn(on: boolean): void {
    this.isOnline = on;
    for (const listener of [...this.#listeners]) listener();
  }
  get listeners(): number {
    return this.#listeners.size;
  }
}

function how(more: Partial<Persistence> = {}): Persistence {
  return { network: new Switch(), random: () => 1, signal: new AbortController().signal, ...more };
}

function refused(status: number, code: number, retryAfter?: number): LongwaveError {
  const failure = { kind: "refused", message: "", status, code } as const;
  return new LongwaveError(retryAfter === undefined ? failure : { ...failure, retryAfter });
}

const cut = new LongwaveError({ kind: "transport", message: "no answer" });
const proxy = new LongwaveError({ kind: "protocol", message: "a page", status: 502 });

/** Makes a call that fails with these errors; returns the times of its attempts, in seconds. */
async function times(failures: LongwaveError[], more: Partial<Persistence> = {}): Promise<number[]> {
  const started = performance.now();
  const asked: number[] = [];
  const ask = () => {
    asked.push((performance.now() - started) / 1000);
    const error = failures.shift();
    return error ? Promise.reject(error) : Promise.resolve();
  };
  const done = persist(ask, how(more));
  done.catch(() => undefined);
  await vi.advanceTimersByTimeAsync(3_600_000);
  await done;
  return asked;
}

test("the wait doubles up to half a minute, and half of it is random", () => {
  for (const [failures, full] of [1, 2, 4, 8, 16, 30, 30].entries()) {
    expect(delay(failures, 0)).toBe(full * 500);
    expect(delay(failures, 1)).toBe(full * 1000);
  }
  expect(delay(10_000, 1)).toBe(30_000);
});

test("temporary failures are retried with growing waits", async () => {
  expect(await times([cut, refused(503, 20101), proxy])).toEqual([0, 1, 3, 7]);
});

test("too many requests is retried when the server says", async () => {
  expect(await times([refused(429, 10005, 37_000), cut])).toEqual([0, 37, 39]);
});

test("waits grow even if the server asks for none", async () => {
  expect(await times([refused(429, 10005, 0), refused(503, 20101, 0), cut])).toEqual([0, 1, 3, 7]);
});

test("after too many requests no network change shortens the wait", async () => {
  const network = new Switch();
  const failures = [refused(429, 10005, 37_000)];
  const ask = vi.fn(() => {
    const error = failures.shift();
    return error ? Promise.reject(error) : Promise.resolve("answer");
  });
  const asked = persist(ask, how({ network }));
  await vi.advanceTimersByTimeAsync(1000);
  network.turn(false);
  network.turn(true);
  await vi.advanceTimersByTimeAsync(35_999);
  expect(ask).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(await asked).toBe("answer");
});

test("a wait longer than a timer's maximum does not end at once", async () => {
  const stop = new AbortController();
  const ask = vi.fn(() => Promise.reject(refused(429, 10005, Number.MAX_SAFE_INTEGER)));
  const asked = persist(ask, how({ signal: stop.signal }));
  asked.catch(() => undefined);
  await vi.advanceTimersByTimeAsync(86_400_000);
  expect(ask).toHaveBeenCalledTimes(1);
  stop.abort();
  await expect(asked).rejects.toMatchObject({ kind: "aborted" });
});

test("any other refusal is returned at once", async () => {
  for (const [status, code] of [
    [400, 10001],
    [401, 10101],
    [403, 10303],
    [404, 10201],
    [409, 10402],
    [413, 10403],
  ] as const) {
    await expect(times([refused(status, code)])).rejects.toMatchObject({ code });
  }
});

test("a code is classified by its first digit, whatever the status", () => {
  expect(refused(418, 20999).isTemporary).toBe(true);
  expect(refused(500, 10999).isTemporary).toBe(false);
  expect(refused(429, 10601).isTemporary).toBe(true);
});

test("without a network no request is sent; when it is back, all are sent at once", async () => {
  const network = new Switch();
  network.isOnline = false;
  const offline = vi.fn();
  const ask = vi.fn(() => Promise.resolve("answer"));
  const asked = persist(ask, how({ network, offline }));
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(ask).not.toHaveBeenCalled();
  expect(offline).toHaveBeenCalledTimes(1);
  network.turn(true);
  expect(await asked).toBe("answer");
  expect(ask).toHaveBeenCalledWith(1);
  expect(network.listeners).toBe(0);
});

test("a returning network ends a wait, and a lost one stops requests", async () => {
  const network = new Switch();
  const failures = [cut, cut, refused(503, 20101, 3_600_000)];
  const ask = vi.fn(() => {
    const error = failures.shift();
    return error ? Promise.reject(error) : Promise.resolve("answer");
  });
  const asked = persist(ask, how({ network }));
  await vi.advanceTimersByTimeAsync(3_500);
  expect(ask).toHaveBeenCalledTimes(3);
  network.turn(false);
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(ask).toHaveBeenCalledTimes(3);
  network.turn(true);
  expect(await asked).toBe("answer");
});

test("a jumping clock neither shortens nor lengthens a wait", async () => {
  const done = vi.fn();
  void pause(10_000, new AbortController().signal).then(done);
  vi.setSystemTime(Date.now() + 86_400_000);
  await vi.advanceTimersByTimeAsync(9_999);
  expect(done).not.toHaveBeenCalled();
  vi.setSystemTime(Date.now() - 10 * 86_400_000);
  await vi.advanceTimersByTimeAsync(1);
  expect(done).toHaveBeenCalledTimes(1);
});
