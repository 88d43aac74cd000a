import { delay, pause, persist, type Persistence } from "./backoff.js";
import { LongwaveError } from "./errors.js";
import type { Api } from "./api.js";
import type { State } from "./events.js";
import type { Feed, FeedEvent } from "./feed.js";

/** How many seconds a poll asks to wait. */
const POLL = 25;

/** The code for a conversation of which the user may see nothing. */
const NOT_ALLOWED = 10006;

/** What the loop needs of its surroundings. */
export interface Syncing extends Omit<Persistence, "again" | "waiting" | "offline"> {
  readonly api: Api;
  readonly feed: Feed;
  /** Takes in what happened, and keeps how far the feed has come. */
  readonly deliver: (events: readonly FeedEvent[]) => Promise<void>;
  readonly state: (state: State) => void;
}

/**
 * The poll loop: asks what the feed needs, until `signal` ends it or the login is over. Any other failure is
 * waited for, even a refusal: to give up would be to lose.
 *
 * @throws {@link LongwaveError} of the login that is over.
 */
export async function sync(syncing: Syncing): Promise<void> {
  const { feed, network, random, signal, state, deliver } = syncing;
  let isOnline = false;
  // Whether the last request was answered. If not, an answer at once tells whether there is a server again.
  let isAnswered = false;
  while (!signal.aborted) {
    const ask = async (failures: number) => {
      if (failures > 0) {
        isOnline = isAnswered = false;
        state({ status: "connecting" });
      }
      return await perform(syncing, isAnswered ? POLL : 0);
    };
    const events = await persist(ask, {
      network,
      random,
      signal,
      again: (error) => !error.isUnauthorized,
      waiting: (ms, error) => {
        state({ status: "waiting", retryIn: ms, error: error.failure });
      },
      offline: () => {
        state({ status: "offline" });
      },
    });
    isAnswered = events !== undefined;
    if (events?.some(({ type }) => type === "forgotten")) {
      // Everything has to be read before anything can be told again.
      isOnline = false;
      state({ status: "connecting" });
    }
    await deliver(events ?? []);
    if (isAnswered && !isOnline && feed.ask().kind === "poll") {
      isOnline = true;
      state({ status: "online" });
    }
  }
}

/** Asks what the feed needs; `undefined` when that was cut short and has to be asked again. */
async function perform(syncing: Syncing, timeout: number): Promise<FeedEvent[] | undefined> {
  const { api, feed, signal } = syncing;
  const ask = feed.ask();
  switch (ask.kind) {
    case "start":
      return feed.started(await api.poll(undefined, 0, signal));
    case "survey":
      return feed.surveyed(await api.maxSeqs({ cursor: ask.cursor }, signal));
    case "list":
      return feed.listed(await api.conversations({ cursor: ask.cursor }, signal));
    case "pull":
      try {
        return feed.pulled(await api.pull(ask.conversationId, ask.begin, ask.end, signal));
      } catch (error) {
        // Somebody who has left, and had seen nothing since joining, sees nothing of it.
        if (error instanceof LongwaveError && error.code === NOT_ALLOWED) return feed.hidden();
        throw error;
      }
    case "poll":
      return await poll(syncing, ask.cursor, timeout);
  }
}

/** Polls. When the network changes meanwhile, the connection may be dead without a sign: a new one is made. */
async function poll(
  { api, feed, network, random, signal }: Syncing,
  cursor: string,
  timeout: number,
): Promise<FeedEvent[] | undefined> {
  const cut = new AbortController();
  const end = () => {
    cut.abort();
  };
  const unsubscribe = network.subscribe(end);
  signal.addEventListener("abort", end);
  const asked = performance.now();
  try {
    const polled = await api.poll(cursor, timeout, cut.signal);
    const isEarly = performance.now() - asked < (timeout * 1000) / 2;
    if (isEarly && (polled.reset ? feed.resets > 0 : polled.frames.length === 0)) {
      // A later poll of this login took its place: asking at once would end that one, and so on, as fast as
      // the server answers. Or the server knows no cursor, not even its own.
      await pause(delay(feed.resets, random()), signal);
    }
    return feed.polled(polled);
  } catch (error) {
    if (!cut.signal.aborted || signal.aborted) throw error;
    return undefined;
  } finally {
    unsubscribe();
    signal.removeEventListener("abort", end);
  }
}
