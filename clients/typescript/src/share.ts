// The notes that the tabs of one login exchange.
import type { State } from "./events.js";
import type { FeedState } from "./feed.js";
import type { Change, Snapshot } from "./model.js";

/** A note from one tab to all others. */
export type Note =
  /** A new tab, or one that missed a note, asks the leader for a snapshot. */
  | { readonly kind: "hello" }
  /** The leader's state after its `n`th batch. */
  | { readonly kind: "snapshot"; readonly leader: string; readonly n: number; readonly snapshot: Snapshot }
  /** The leader's `n`th batch of changes. */
  | {
      readonly kind: "batch";
      readonly leader: string;
      readonly n: number;
      readonly changes: readonly Change[];
      readonly progress: FeedState | undefined;
    }
  /** The user's changes in a tab. */
  | { readonly kind: "local"; readonly changes: readonly Change[] }
  /** The users whose presence a tab shows. */
  | { readonly kind: "wants"; readonly tab: string; readonly userIds: readonly string[] }
  /** The login has ended. */
  | { readonly kind: "ended"; readonly state: State };

/** A follower's place among the batches of its leader, which shows whether one is missing. */
export class Place {
  #leader: string | undefined;
  #n = 0;

  /** Whether a snapshot was taken in. */
  get isKnown(): boolean {
    return this.#leader !== undefined;
  }

  /** Whether this batch is the next one; if so, it becomes the last one taken in. */
  follows(leader: string, n: number): boolean {
    if (leader !== this.#leader || n !== this.#n + 1) return false;
    this.#n = n;
    return true;
  }

  /**
   * Whether a snapshot is different from the state after the batches taken in; if so, it becomes the last
   * one.
   */
  adopts(leader: string, n: number): boolean {
    if (leader === this.#leader && n === this.#n) return false;
    this.#leader = leader;
    this.#n = n;
    return true;
  }
}
