import type { Api } from "./api.js";
import { persist, type Persistence } from "./backoff.js";
import { LongwaveError, report } from "./errors.js";
import type { OnlineStatus } from "./types.js";

/** Maximum number of users to whom a session can subscribe. */
const LIMIT = 100;

/** The dependencies of a subscription. */
interface Parts {
  readonly api: Pick<Api, "subscribeOnline">;
  readonly persistence: Persistence;
  /** Receives the current online status of the users, after each subscription. */
  readonly deliver: (items: readonly OnlineStatus[]) => void;
}

/** The leader's subscription to the users whose presence any tab shows. */
export class Subscription {
  readonly #parts: Parts;
  /** By tab, the users whose presence it shows. */
  #wants = new Map<string, readonly string[]>();
  #userIds: readonly string[] = [];
  /** The calls, in sequence: only the last one counts. */
  #calls = Promise.resolve();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Subscribes to the users whose presence a tab shows, in place of the tab's previous ones. */
  want(tab: string, userIds: readonly string[]): void {
    this.#wants.set(tab, userIds);
    this.renew();
  }

  /** Drops the wants of all tabs but one, with effect from the next subscription on. */
  keepOnly(tab: string, userIds: readonly string[]): void {
    this.#wants = new Map([[tab, userIds]]);
  }

  /** Subscribes again, which also reads the current statuses. */
  renew(): void {
    const userIds = [...new Set([...this.#wants.values()].flat())].slice(-LIMIT);
    if (userIds.length === 0 && this.#userIds.length === 0) return;
    this.#userIds = userIds;
    this.#calls = this.#calls.then(() => this.#subscribe(userIds));
  }

  async #subscribe(userIds: readonly string[]): Promise<void> {
    const { api, persistence, deliver } = this.#parts;
    const ask = async () => (this.#userIds === userIds ? await api.subscribeOnline(userIds) : []);
    try {
      const items = await persist(ask, persistence);
      if (items.length > 0) deliver(items);
    } catch (error) {
      // The server refuses the whole list for one invalid id. The next change of the list is a new attempt.
      if (!(error instanceof LongwaveError)) report(error);
    }
  }
}
