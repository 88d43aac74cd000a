import type { OnlineStatus } from "./types.js";
import { Live, type View } from "./view.js";

/** The online status of users whose view has a listener. */
export class Presence {
  readonly #statuses = new Map<string, OnlineStatus>();
  readonly #views = new Map<string, Live<OnlineStatus | undefined>>();
  readonly #wanted = new Set<string>();
  readonly #changed: () => void;
  #isScheduled = false;

  /** `changed` is called when the wanted users have changed, once for simultaneous changes. */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  view(userId: string): View<OnlineStatus | undefined> {
    const view =
      this.#views.get(userId) ??
      new Live<OnlineStatus | undefined>(
        () => this.#statuses.get(userId),
        (watched) => {
          this.#want(userId, watched);
        },
      );
    this.#views.set(userId, view);
    return view;
  }

  /** The users whose views have listeners, the latest last. */
  get wanted(): string[] {
    return [...this.#wanted];
  }

  get statuses(): OnlineStatus[] {
    return [...this.#statuses.values()];
  }

  set(items: readonly OnlineStatus[]): void {
    for (const item of items) {
      this.#statuses.set(item.user_id, item);
      this.#views.get(item.user_id)?.touch();
    }
  }

  /** Drops all data, since the server has another history. */
  forget(): void {
    this.#statuses.clear();
    for (const view of this.#views.values()) view.touch();
  }

  #want(userId: string, watched: boolean): void {
    if (watched) this.#wanted.add(userId);
    else this.#wanted.delete(userId);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      // Without a subscription, a status is no longer known.
      for (const id of this.#statuses.keys()) {
        if (this.#wanted.has(id)) continue;
        this.#statuses.delete(id);
        this.#views.get(id)?.touch();
      }
      this.#changed();
    });
  }
}
