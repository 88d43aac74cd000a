import type { OnlineStatus } from "./types.js";
import { Live, type View } from "./view.js";

/** How many users a session can hear of. */
export const WATCHED = 100;

/** Where users are online, of those whose view somebody looks at. */
export class Presence {
  readonly #statuses = new Map<string, OnlineStatus>();
  readonly #views = new Map<string, Live<OnlineStatus | undefined>>();
  readonly #wanted = new Set<string>();
  readonly #changed: () => void;
  #telling = false;

  /** `changed` hears that other users are wanted, after the changes of one moment once. */
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

  /** Whose views are looked at, the latest last. */
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

  /** Drops what is known: the server has another history. */
  forget(): void {
    this.#statuses.clear();
    for (const view of this.#views.values()) view.touch();
  }

  #want(userId: string, watched: boolean): void {
    if (watched) this.#wanted.add(userId);
    else this.#wanted.delete(userId);
    if (this.#telling) return;
    this.#telling = true;
    queueMicrotask(() => {
      this.#telling = false;
      // What is not heard of any more is not known any more.
      for (const id of this.#statuses.keys()) {
        if (this.#wanted.has(id)) continue;
        this.#statuses.delete(id);
        this.#views.get(id)?.touch();
      }
      this.#changed();
    });
  }
}
