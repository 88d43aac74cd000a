import { aborted, LongwaveError, type Failure } from "./errors.js";
import { callEach } from "./listeners.js";
import type {
  Conversation,
  GroupChange,
  Message,
  OnlineStatus,
  Profile,
  ReadPosition,
  Receipt,
  Reason,
  Typing,
} from "./types.js";
import type { View } from "./view.js";

/** The state of the connection to the server. All tabs that share a poll have the same state. */
export type State =
  /** Not in sync yet, or catching up. */
  | { readonly status: "connecting" }
  /** In sync: events are delivered at once. */
  | { readonly status: "online" }
  /** The device has no network; no request is sent until it has. */
  | { readonly status: "offline" }
  /** A request failed; it is repeated after `retryIn` milliseconds. */
  | { readonly status: "waiting"; readonly retryIn: number; readonly error: Failure }
  /**
   * The login has ended for good. Except after a logout, unsent messages are kept for the user's next login.
   */
  | { readonly status: "kicked"; readonly reason: Reason | undefined }
  /** Closed by `close` or `logout`, for good. */
  | { readonly status: "closed" };

/** The failure of all calls after the client ended in this state. */
export function failureAfter(state: State): Failure {
  if (state.status !== "kicked") return aborted().failure;
  const { reason } = state;
  return { kind: "aborted", message: "the login has ended", status: 401, ...(reason && { reason }) };
}

/**
 * Waits until the client is online.
 *
 * @throws {@link LongwaveError} when it ends.
 */
export function untilOnline(emitter: Emitter, state: View<State>): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = () => {
      const current = state.snapshot();
      if (current.status !== "online" && current.status !== "kicked" && current.status !== "closed") return;
      unsubscribe();
      if (current.status === "online") resolve();
      else reject(new LongwaveError(failureAfter(current)));
    };
    const unsubscribe = emitter.on("state", look);
    look();
  });
}

/** The events of a client, in every tab. */
export interface Events {
  /**
   * A message, the user's own ones included: each once, and those of a conversation in order without a gap.
   */
  message: Message;
  /** A message that was delivered before was revoked, removed or edited; this is how it is now. */
  changed: Message;
  /** The user's read position moved, here or elsewhere. */
  read: ReadPosition;
  /** Another user in a conversation has read it up to a message. */
  receipt: Receipt;
  /** The online status changed for users whose `presence` is watched. */
  presence: readonly OnlineStatus[];
  /**
   * A group changed. If the user's id is in `user_ids` of `left` or `kicked`, no more events of it follow.
   */
  group: GroupChange;
  /** A conversation is new, or its options changed. */
  conversation: Conversation;
  /** The user's own profile changed. */
  profile: Profile;
  /** Another user is typing. */
  typing: Typing;
  /**
   * The server has another history, such as that of a backup: earlier events may never have happened. All
   * views are read again; drop all other data from the server.
   */
  reset: undefined;
  /** The login has ended. After `new_login`, ask the user before logging in again. */
  kicked: Reason | undefined;
  /** The state changed. */
  state: State;
  /** Storage is full or forbidden: memory replaces it, and no new data survives a reload. */
  storage: unknown;
}

/** The listeners of events. */
export class Emitter {
  readonly #listeners: { [E in keyof Events]?: Set<(event: Events[E]) => void> } = {};

  on<E extends keyof Events>(type: E, listener: (event: Events[E]) => void): () => void {
    const own = (event: Events[E]) => {
      listener(event);
    };
    const listeners: Set<(event: Events[E]) => void> = (this.#listeners[type] ??= new Set() as never);
    listeners.add(own);
    return () => {
      listeners.delete(own);
    };
  }

  emit<E extends keyof Events>(type: E, event: Events[E]): void {
    callEach<[Events[E]]>(this.#listeners[type] ?? [], event);
  }
}
