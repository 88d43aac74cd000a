import type { Failure } from "./errors.js";
import { callEach } from "./listeners.js";
import type {
  Conversation,
  GroupChange,
  Message,
  OnlineStatus,
  Profile,
  ReadPosition,
  Reason,
  Typing,
} from "./types.js";

/** How the client stands with the server. All tabs that share a poll are in the same state. */
export type State =
  /** Not in sync yet, or catching up. */
  | { readonly status: "connecting" }
  /** In sync: what happens is told at once. */
  | { readonly status: "online" }
  /** The device has no network; nothing is asked until it has. */
  | { readonly status: "offline" }
  /** A request failed; it is made again after `retryIn` milliseconds. */
  | { readonly status: "waiting"; readonly retryIn: number; readonly error: Failure }
  /** The login is over, for good. Unless logged out, what was not sent is kept for the user's next login. */
  | { readonly status: "kicked"; readonly reason: Reason | undefined }
  /** Closed by `close` or `logout`, for good. */
  | { readonly status: "closed" };

/** What a client tells of, in every tab. */
export interface Events {
  /** A message, own ones included: each once, and those of a conversation in order and without a gap. */
  message: Message;
  /** The own read position moved, here or elsewhere. */
  read: ReadPosition;
  /** Somebody came or went whose `presence` is watched. */
  presence: readonly OnlineStatus[];
  /** A group changed. When the own id is in `user_ids` of `left` or `kicked`, it is the last about it. */
  group: GroupChange;
  /** A conversation is new, or its options changed. */
  conversation: Conversation;
  /** The own profile changed. */
  profile: Profile;
  /** Somebody else types. */
  typing: Typing;
  /**
   * The server has another history, such as that of a backup: what was told before may never have happened. All
   * views are read anew; whoever keeps something else of it drops that.
   */
  reset: undefined;
  /** The login is over. After `new_login`, ask the user before logging in again. */
  kicked: Reason | undefined;
  /** The state changed. */
  state: State;
  /** Storage is full or forbidden: memory takes its place, and nothing new survives a reload. */
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
