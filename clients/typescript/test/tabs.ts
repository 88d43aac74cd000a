// The tab tools of a browser for tests in Node: real BroadcastChannels, and locks within the process.
import type { TabTools } from "../src/index.js";

/** Several tabs of one browser. */
export class Browser {
  readonly #held = new Map<string, Promise<unknown>>();

  readonly tools: TabTools = {
    channel: (name) => new BroadcastChannel(name),
    locks: {
      request: ((name: string, { signal }: LockOptions, lead: () => Promise<unknown>) => {
        const before = this.#held.get(name) ?? Promise.resolve();
        const given = new Promise<void>((resolve, reject) => {
          void before.then(() => {
            resolve();
          });
          signal?.addEventListener("abort", () => {
            reject(new DOMException("given up", "AbortError"));
          });
        });
        const turn = given.then(lead);
        // If this one gives up, the next one waits for the previous one.
        this.#held.set(
          name,
          given.then(
            () => turn.catch(() => undefined),
            () => before,
          ),
        );
        return turn;
      }) as LockManager["request"],
    },
  };
}
