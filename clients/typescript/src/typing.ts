import type { Api } from "./api.js";
import type { Message, Typing } from "./types.js";
import { Live, type View } from "./view.js";

/** How long a user is shown as typing after each notification, in milliseconds. */
const SHOWN = 6000;

/** The interval at which a client reports that its user is typing, in milliseconds. */
const INTERVAL = 4000;

/** The users who are typing, by conversation. */
export class TypingList {
  readonly #timers = new Map<string, Map<string, ReturnType<typeof setTimeout>>>();
  readonly #views = new Map<string, Live<readonly string[]>>();

  view(conversationId: string): View<readonly string[]> {
    const view =
      this.#views.get(conversationId) ??
      new Live<readonly string[]>(() => [...(this.#timers.get(conversationId)?.keys() ?? [])]);
    this.#views.set(conversationId, view);
    return view;
  }

  typing({ conversation_id, user_id }: Typing): void {
    this.#stop(conversation_id, user_id);
    const timers = this.#timers.get(conversation_id) ?? new Map<string, ReturnType<typeof setTimeout>>();
    this.#timers.set(conversation_id, timers);
    const stop = () => {
      this.#stop(conversation_id, user_id);
    };
    timers.set(user_id, setTimeout(stop, SHOWN));
    this.#views.get(conversation_id)?.touch();
  }

  message({ conversation_id, sender_id }: Message): void {
    this.#stop(conversation_id, sender_id);
  }

  /** Stops all timers. */
  clear(): void {
    for (const [conversationId, timers] of this.#timers) {
      for (const userId of timers.keys()) this.#stop(conversationId, userId);
    }
  }

  #stop(conversationId: string, userId: string): void {
    const timers = this.#timers.get(conversationId);
    const timer = timers?.get(userId);
    if (!timers || timer === undefined) return;
    clearTimeout(timer);
    timers.delete(userId);
    this.#views.get(conversationId)?.touch();
  }
}

/** The reports that the user is typing. */
export class TypingReports {
  readonly #api: Pick<Api, "typing">;
  /** By conversation, the time of the last report by `performance.now()`. */
  readonly #reported = new Map<string, number>();

  constructor(api: Pick<Api, "typing">) {
    this.#api = api;
  }

  /** Reports typing, unless the last report is too recent. Ignores failures. */
  report(conversationId: string): void {
    const now = performance.now();
    if (now - (this.#reported.get(conversationId) ?? -INTERVAL) < INTERVAL) return;
    this.#reported.set(conversationId, now);
    this.#api.typing(conversationId).catch(() => undefined);
  }

  /** Makes the next call report at once. */
  reset(conversationId: string): void {
    this.#reported.delete(conversationId);
  }
}
