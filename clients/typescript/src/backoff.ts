// The only place that decides when a failed call is retried (docs/api.md, "Answers"). All waits use timers
// and are never compared with the time of day, so a clock that jumps changes nothing.
import { aborted, LongwaveError } from "./errors.js";
import type { Network } from "./network.js";

/** The wait after the first failure, and the longest wait, in milliseconds. */
const FIRST = 1000;
const LONGEST = 30_000;

/** The longest wait of a timer, in milliseconds: a longer one fires at once. */
const TIMER = 2 ** 31 - 1;

/**
 * The wait after this number of earlier failures, in milliseconds. Half of it is fixed and half is random, so
 * that clients that lost a server together do not return together; `random` is from 0 to 1.
 */
export function delay(failures: number, random: number): number {
  return Math.min(FIRST * 2 ** failures, LONGEST) * (0.5 + 0.5 * random);
}

/** Waits, at most about 24 days; ends early when `signal` is aborted or the network changes. */
export function pause(ms: number, signal: AbortSignal, network?: Network): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      unsubscribe?.();
      resolve();
    };
    const timer = setTimeout(end, Math.min(ms, TIMER));
    const unsubscribe = network?.subscribe(end);
    signal.addEventListener("abort", end);
    if (signal.aborted) end();
  });
}

/** How to retry a call. */
export interface Persistence {
  readonly network: Network;
  readonly random: () => number;
  readonly signal: AbortSignal;
  /** Whether to retry; {@link LongwaveError.isTemporary} if absent. */
  readonly again?: (error: LongwaveError) => boolean;
  /** Whether to wait in full even if the network changes; only after too many requests (429) if absent. */
  readonly steady?: (error: LongwaveError) => boolean;
  /** Called before each wait with its length in milliseconds and the failure. */
  readonly waiting?: (ms: number, error: LongwaveError) => void;
  /** Called when the device has no network, before waiting for it. */
  readonly offline?: () => void;
}

/** Number of answers by another program after which a call fails, if its retries are bounded. */
const TRIES = 5;

/**
 * As `how`, but the call fails if another program answers {@link TRIES} times. Changes of the network do not
 * shorten the waits, which give the server time to return.
 */
export function bounded(how: Persistence): Persistence {
  let tries = 0;
  return {
    ...how,
    again: (error) => {
      if (error.recovery === "bounded") tries += 1;
      return error.isTemporary && tries < TRIES;
    },
    steady: (error) => error.status === 429 || error.recovery === "bounded",
  };
}

/**
 * Retries a call until it has an answer: after 1, 2, 4... 30 s with jitter, and not before the server's
 * `Retry-After`; or at once when the network is back, except after too many requests (429). Sends no request
 * without a network. `ask` receives the number of consecutive failures.
 *
 * @throws {@link LongwaveError} that a retry would not change, and `aborted`.
 */
export async function persist<T>(ask: (failures: number) => Promise<T>, how: Persistence): Promise<T> {
  const { network, random, signal } = how;
  let failures = 0;
  while (!signal.aborted) {
    if (!network.online()) {
      how.offline?.();
      await pause(TIMER, signal, network);
      failures = Math.max(failures, 1);
      continue;
    }
    try {
      return await ask(failures);
    } catch (error) {
      if (!(error instanceof LongwaveError)) throw error;
      if (error.kind === "aborted" || !(how.again?.(error) ?? error.isTemporary)) throw error;
      // Another program does not know when the server is back.
      const asked = error.recovery === "bounded" ? 0 : (error.retryAfter ?? 0);
      const wait = Math.max(asked, delay(failures, random()));
      failures += 1;
      if (!network.online()) continue;
      how.waiting?.(wait, error);
      const isSteady = how.steady?.(error) ?? error.status === 429;
      await pause(wait, signal, isSteady ? undefined : network);
    }
  }
  throw aborted();
}
