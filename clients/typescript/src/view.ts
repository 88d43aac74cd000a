import { callEach } from "./listeners.js";

/** Something that changes, as a page shows it: the pair of functions that React's `useSyncExternalStore` takes. */
export interface View<T> {
  /** Calls back after each change; gives the function that ends it. */
  readonly subscribe: (listener: () => void) => () => void;
  /** What it is now: never changed afterwards, and the same object until something changed. */
  readonly snapshot: () => T;
}

/** A view that is computed when it is looked at. Changes made together are told once. */
export class Live<T> implements View<T> {
  readonly #compute: () => T;
  readonly #listeners = new Set<() => void>();
  /** Called when the first listener comes, and after the last one went. */
  readonly #watched: (watched: boolean) => void;
  #value: { readonly is: T } | undefined;
  #telling = false;

  constructor(compute: () => T, watched: (watched: boolean) => void = () => undefined) {
    this.#compute = compute;
    this.#watched = watched;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    // Each subscription is its own, even of one function twice.
    const own = () => {
      listener();
    };
    this.#listeners.add(own);
    if (this.#listeners.size === 1) this.#watched(true);
    return () => {
      if (this.#listeners.delete(own) && this.#listeners.size === 0) this.#watched(false);
    };
  };

  readonly snapshot = (): T => {
    this.#value ??= { is: this.#compute() };
    return this.#value.is;
  };

  get isWatched(): boolean {
    return this.#listeners.size > 0;
  }

  /** Says that what it is computed from has changed. */
  touch(): void {
    this.#value = undefined;
    if (this.#telling) return;
    this.#telling = true;
    queueMicrotask(() => {
      this.#telling = false;
      callEach(this.#listeners);
    });
  }
}
