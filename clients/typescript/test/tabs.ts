// The tab tools of a browser for tests in Node: real BroadcastChannels, and locks within the process.
import type { TabTools } from "../src/index.js";

/** A request for a lock, which holds the lock once it is granted. */
interface Request {
  readonly lead: () => Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Several tabs of one browser. */
export class Browser {
  readonly #held = new Map<string, Request>();
  #waiting: { readonly name: string; readonly request: Request }[] = [];

  readonly tools: TabTools = {
    channel: (name) => new BroadcastChannel(name),
    locks: {
      request: ((name: string, { signal, steal = false }: LockOptions, lead: Request["lead"]) =>
        new Promise<unknown>((resolve, reject) => {
          const request = { lead, resolve, reject };
          if (steal) {
            this.#held.get(name)?.reject(new DOMException("taken", "AbortError"));
            this.#grant(name, request);
            return;
          }
          this.#waiting.push({ name, request });
          signal?.addEventListener("abort", () => {
            this.#waiting = this.#waiting.filter((it) => it.request !== request);
            reject(new DOMException("given up", "AbortError"));
          });
          this.#next(name);
        })) as LockManager["request"],
    },
  };

  #next(name: string): void {
    const next = this.#waiting.find((it) => it.name === name);
    if (!next || this.#held.has(name)) return;
    this.#waiting = this.#waiting.filter((it) => it !== next);
    this.#grant(name, next.request);
  }

  #grant(name: string, request: Request): void {
    this.#held.set(name, request);
    void Promise.resolve()
      .then(request.lead)
      .then(request.resolve, request.reject)
      .then(() => {
        if (this.#held.get(name) !== request) return;
        this.#held.delete(name);
        this.#next(name);
      });
  }
}
