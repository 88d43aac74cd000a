import { delay, pause, persist, type Persistence } from "./backoff.js";
import { LongwaveError } from "./errors.js";
import type { Api } from "./api.js";
import type { State } from "./events.js";
import type { Feed, FeedEvent } from "./feed.js";

/** How long a poll asks the server to wait, in seconds. */
const POLL = 25;

/** The server's code for a conversation of which the user may see no message. */
const NOT_ALLOWED = 10006;

/** The dependencies of the loop. */
export interface Syncing extends Omit<Persistence, "again" | "waiting" | "offline"> {
  readonly api: Api;
  readonly feed: Feed;
  /** Takes in events, and saves the position of the feed. */
  readonly deliver: (events: readonly FeedEvent[]) => Promise<void>;
  readonly state: (state: State) => void;
}

/**
 * The poll loop: makes the feed's requests until `signal` is aborted or the login ends. It retries after any
 * other failure, even a refusal, since giving up would lose events.
 *
 * @throws {@link LongwaveError} when the login ends.
 */
export async function sync(syncing: Syncing): Promise<void> {
  const { feed, network, random, signal, state, deliver } = syncing;
  let isOnline = false;
  // Whether the last request was answered. If not, a poll without a wait shows whether the server is back.
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
      // All data must be read before events can be delivered again.
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

/** Makes the feed's next request; `undefined` if it was cut off and has to be repeated. */
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
        // A former member who had seen no message since joining sees none of this gap.
        if (error instanceof LongwaveError && error.code === NOT_ALLOWED) return feed.hidden();
        throw error;
      }
    case "poll":
      return await poll(syncing, ask.cursor, timeout);
  }
}

/** Polls. A network change can kill the connection silently, so the poll is then repeated on a new one. */
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
      // A later poll of this login replaced this one: an immediate retry would end that poll in turn, and so
      // on, as fast as the server answers. Or the server accepts no cursor, not even its own.
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
