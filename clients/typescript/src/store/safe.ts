import type { Message } from "../types.js";
import { MemoryStore } from "./memory.js";
import type { Change, RoomyStore, Saved, Store } from "./store.js";

/** The name of the error of a full store. */
const FULL = "QuotaExceededError";

/** The names of the errors of a connection that the browser has ended, which depend on the browser and the time. */
const ENDED = ["InvalidStateError", "AbortError", "UnknownError"];

/**
 * A store that never fails. If the durable store is full, it drops messages; if the browser has ended the
 * connection, it opens another one. If that does not help, or the store may not be used, memory replaces it:
 * everything works, but does not survive a reload.
 */
export class SafeStore implements RoomyStore {
  readonly #open: () => Promise<Store>;
  #opened: Promise<Store> | undefined;
  #memory: Store | undefined;
  #lost = false;
  readonly #onLoss: (error: unknown) => void;

  /** The durable store is opened when it is needed; `onLoss` is called once, when memory replaces it. */
  constructor(open: () => Promise<Store>, onLoss: (error: unknown) => void) {
    this.#open = open;
    this.#onLoss = onLoss;
  }

  load(): Promise<Saved> {
    return this.#try((store) => store.load());
  }

  write(change: Change): Promise<void> {
    return this.#try(async (store) => {
      try {
        await store.write(change);
      } catch (error) {
        if (!isNamed(error, FULL)) throw error;
        await store.shrink();
        await store.write(change);
      }
    });
  }

  messages(conversationId: string, begin: number, end: number): Promise<Message[]> {
    return this.#try((store) => store.messages(conversationId, begin, end));
  }

  clear(): Promise<void> {
    return this.#try((store) => store.clear());
  }

  /** Closes the store. Later writes are dropped, which is not reported as a loss. */
  close(): void {
    this.#lost = true;
    void this.#opened?.then((store) => {
      store.close();
    });
  }

  async #try<T>(use: (store: Store) => Promise<T>, canReopen = true): Promise<T> {
    const opened = (this.#opened ??= this.#open().catch((error: unknown) => this.#lose(error)));
    try {
      return await use(await opened);
    } catch (error) {
      if (canReopen && !this.#lost && isNamed(error, ...ENDED)) {
        // Another call may have opened the new connection already.
        if (this.#opened === opened) this.#opened = undefined;
        return await this.#try(use, false);
      }
      const memory = this.#lose(error);
      this.#opened = Promise.resolve(memory);
      return await use(memory);
    }
  }

  #lose(error: unknown): Store {
    if (!this.#lost) {
      this.#lost = true;
      this.#onLoss(error);
    }
    this.#memory ??= new MemoryStore();
    return this.#memory;
  }
}

function isNamed(error: unknown, ...names: readonly string[]): boolean {
  return error instanceof DOMException && names.includes(error.name);
}
