import type { Api } from "./api.js";
import { bounded, persist, type Persistence } from "./backoff.js";
import type { Model } from "./model.js";
import { isLasting } from "./quote.js";
import type { RoomyStore } from "./store/store.js";
import type { Message } from "./types.js";

/** The dependencies of a cache. */
interface Parts {
  readonly api: Pick<Api, "range">;
  readonly model: Model;
  readonly store: RoomyStore;
  readonly persistence: Persistence;
}

/** The messages of the server, with the store as their cache. */
export class MessageCache {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** The newest known messages before a seq, at most `limit`, and whether there may be older ones. */
  async before(
    conversationId: string,
    before: number,
    limit: number,
  ): Promise<{ messages: Message[]; hasOlder: boolean }> {
    const { model } = this.#parts;
    const conversation = model.conversations.get(conversationId);
    const newest = Math.max(model.position(conversationId) ?? 0, conversation?.max_seq ?? 0);
    const end = Math.min(before - 1, newest);
    const floor = Math.max(1, conversation?.min_seq ?? 1);
    const begin = Math.max(floor, end - limit + 1);
    if (end < begin) return { messages: [], hasOlder: false };
    const messages = await this.range(conversationId, begin, end);
    return { messages, hasOlder: begin > floor && messages[0]?.seq === begin };
  }

  /** All visible messages of a range, from the store or the server; fails if another program keeps answering. */
  async range(conversationId: string, begin: number, end: number): Promise<Message[]> {
    const { api, model, store, persistence } = this.#parts;
    const kept = await store.messages(conversationId, begin, end);
    if (kept.length === end - begin + 1) return kept;
    const { history } = model;
    const ask = () => api.range(conversationId, begin, end, persistence.signal);
    const answer = await persist(ask, bounded(persistence));
    // An answer from an earlier history must not be stored in the current one.
    if (history !== model.history) return this.range(conversationId, begin, end);
    // Nor must one from before a change that was received meanwhile bring back what was erased.
    const messages = answer.map((message) => model.current(message));
    void store.write({ messages: messages.filter(isLasting) });
    return messages;
  }
}
