// What a browser gives to its tabs, for tests in Node: real BroadcastChannels, and locks of one process.
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
        // Whoever gives up lets the next one wait for the one before.
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
