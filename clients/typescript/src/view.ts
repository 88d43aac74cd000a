import { callEach } from "./listeners.js";

/** A changing value to show: the pair of functions that React's `useSyncExternalStore` takes. */
export interface View<T> {
  /** Calls the listener after each change; returns the function that unsubscribes. */
  readonly subscribe: (listener: () => void) => () => void;
  /** The current value: immutable, and the same object until it changes. */
  readonly snapshot: () => T;
}

/** A view that computes its value on demand. Simultaneous changes notify listeners once. */
export class Live<T> implements View<T> {
  readonly #compute: () => T;
  readonly #listeners = new Set<() => void>();
  /** Called with true for the first listener, and with false after the last one. */
  readonly #watched: (watched: boolean) => void;
  #value: { readonly is: T } | undefined;
  #isScheduled = false;

  constructor(compute: () => T, watched: (watched: boolean) => void = () => undefined) {
    this.#compute = compute;
    this.#watched = watched;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    // Each subscription is separate, even for the same function.
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

  /** Marks the value as outdated. */
  touch(): void {
    this.#value = undefined;
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      callEach(this.#listeners);
    });
  }
}
