// What the tabs of one login tell each other.
import type { State } from "./events.js";
import type { FeedState } from "./feed.js";
import type { Change, Snapshot } from "./model.js";

/** A note from one tab to all the others. */
export type Note =
  /** A tab came, or missed something: it asks the leader for a snapshot. */
  | { readonly kind: "hello" }
  /** What the leader knows, after its `n`th batch. */
  | { readonly kind: "snapshot"; readonly leader: string; readonly n: number; readonly snapshot: Snapshot }
  /** What happened: the leader's `n`th batch. */
  | {
      readonly kind: "batch";
      readonly leader: string;
      readonly n: number;
      readonly changes: readonly Change[];
      readonly progress: FeedState | undefined;
    }
  /** What the user did in a tab. */
  | { readonly kind: "local"; readonly changes: readonly Change[] }
  /** Whose presence a tab shows. */
  | { readonly kind: "wants"; readonly tab: string; readonly userIds: readonly string[] }
  /** The login is over. */
  | { readonly kind: "ended"; readonly state: State };

/** A follower's place among the batches of its leader: tells whether one is missing. */
export class Place {
  #leader: string | undefined;
  #n = 0;

  /** Whether anything was taken in. */
  get isKnown(): boolean {
    return this.#leader !== undefined;
  }

  /** Whether this batch is the next one; if so, it is the last one taken in. */
  follows(leader: string, n: number): boolean {
    if (leader !== this.#leader || n !== this.#n + 1) return false;
    this.#n = n;
    return true;
  }

  /** Whether a snapshot says more than the batches taken in; if so, it is taken in. */
  adopts(leader: string, n: number): boolean {
    if (leader === this.#leader && n === this.#n) return false;
    this.#leader = leader;
    this.#n = n;
    return true;
  }
}
