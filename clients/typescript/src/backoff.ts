// When to ask again after a failure: the one definition (docs/api.md, "Answers"). All waits are counted by
// timers and never compared with the time of day, so a clock that jumps changes nothing.
import { aborted, LongwaveError } from "./errors.js";
import type { Network } from "./network.js";

/** The wait after the first failure, and the longest, in milliseconds. */
const FIRST = 1000;
const LONGEST = 30_000;

/** The longest that a timer can wait: beyond it fires at once. */
const TIMER = 2 ** 31 - 1;

/**
 * The wait after so many earlier failures: half of it sure and half by chance, for which `random` is from 0
 * to 1, so that clients which lost a server together do not return together.
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

/** How to go on asking. */
export interface Persistence {
  readonly network: Network;
  readonly random: () => number;
  readonly signal: AbortSignal;
  /** Whether asking again is of use; {@link LongwaveError.isTemporary} if absent. */
  readonly again?: (error: LongwaveError) => boolean;
  /** Whether a network that changes is no reason to ask earlier; after too many requests (429) if absent. */
  readonly steady?: (error: LongwaveError) => boolean;
  /** Told before each wait: how long, in milliseconds, and why. */
  readonly waiting?: (ms: number, error: LongwaveError) => void;
  /** Told when the device has no network, before waiting for it. */
  readonly offline?: () => void;
}

/**
 * Asks until there is an answer: after a failure again after 1, 2, 4... 30 s with jitter, and not before the
 * server says; or at once when the network is back, unless it was asked too often (429). Without a network
 * nothing is asked. `ask` is told how often it failed in a row.
 *
 * @throws {@link LongwaveError} that asking again would not change, and `aborted`.
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
      // What answers in the server's place does not know when the server is back.
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
