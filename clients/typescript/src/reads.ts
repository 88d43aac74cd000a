import type { Api } from "./api.js";
import { persist, type Persistence } from "./backoff.js";
import { aborted, type LongwaveError } from "./errors.js";

/** The reports of the user's read positions. */
export class ReadReports {
  readonly #api: Pick<Api, "read">;
  readonly #persistence: Persistence;
  /** By conversation, the highest read position that is being sent. */
  readonly #highest = new Map<string, number>();

  constructor(api: Pick<Api, "read">, persistence: Persistence) {
    this.#api = api;
    this.#persistence = persistence;
  }

  /** Reports a position until it is stored, or a later call reports a higher one; returns the stored one. */
  async report(conversationId: string, seq: number): Promise<number> {
    this.#highest.set(conversationId, Math.max(seq, this.#highest.get(conversationId) ?? 0));
    // If no call succeeds, only the last one is retried: otherwise they would accumulate.
    const isHighest = () => this.#highest.get(conversationId) === seq;
    const again = (error: LongwaveError) => error.isTemporary && isHighest();
    const ask = async (failures: number) => {
      if (failures > 0 && !isHighest()) throw aborted();
      return await this.#api.read(conversationId, seq);
    };
    try {
      return await persist(ask, { ...this.#persistence, again });
    } finally {
      if (isHighest()) this.#highest.delete(conversationId);
    }
  }

  /** Ends all retries, since the positions are of another history, in which they may be unread messages. */
  forget(): void {
    this.#highest.clear();
  }
}
