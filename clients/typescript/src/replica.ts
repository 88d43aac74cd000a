import type { Api } from "./api.js";
import type { Persistence } from "./backoff.js";
import type { State } from "./events.js";
import type { FeedState } from "./feed.js";
import { newId } from "./ids.js";
import { Leader } from "./leader.js";
import type { Change, Model, Snapshot } from "./model.js";
import type { Presence } from "./presence.js";
import type { PendingSends } from "./sends.js";
import { Place, type Note } from "./share.js";
import type { RoomyStore } from "./store/store.js";
import type { Tabs } from "./tabs.js";

/** The dependencies of a replica. */
interface Parts {
  readonly userId: string;
  readonly api: Api;
  readonly model: Model;
  readonly presence: Presence;
  readonly sends: PendingSends;
  readonly store: RoomyStore;
  readonly tabs: Tabs;
  /** Its signal ends the replica. */
  readonly persistence: Persistence;
  /** Called when another tab reports that the login has ended. */
  readonly ended: (state: State) => void;
}

/**
 * Keeps the state of this tab the same as in the other tabs of the login: it exchanges notes with them, and
 * leads them once they elect it.
 */
export class Replica {
  readonly #parts: Parts;
  readonly #tab = newId();
  readonly #place = new Place();
  #isStarted = false;
  #leader: Leader | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Takes in the stored data, then follows the leader until this tab leads. */
  async start(): Promise<void> {
    this.#isStarted = true;
    const { model, store, tabs, persistence } = this.#parts;
    const saved = await store.load();
    if (persistence.signal.aborted) return;
    const early = model.outbox.entries;
    model.restore(saved);
    // Only now, since the stored data would overwrite newer notes. The leader sends those again on request.
    tabs.listen((note) => {
      this.#receive(note as Note);
    });
    // Messages from before the restore go after the stored ones.
    for (const entry of early) {
      this.change({ type: "queued", entry: { ...entry, n: model.outbox.end } });
    }
    this.#askForSnapshot();
    tabs.elect((signal) => this.#lead(signal), persistence.signal);
  }

  /** Applies the user's change in this tab and sends it to the other tabs. */
  change(change: Change): void {
    if (this.#parts.persistence.signal.aborted) return;
    this.#post({ kind: "local", changes: [change] });
    this.#apply([change]);
  }

  /** Reports to all tabs the users whose presence this tab shows. */
  postWants(): void {
    const { presence, persistence } = this.#parts;
    if (!this.#isStarted || persistence.signal.aborted) return;
    const userIds = presence.wanted;
    this.#post({ kind: "wants", tab: this.#tab, userIds });
    this.#leader?.subscription.want(this.#tab, userIds);
  }

  /** Subscribes again to the users whose presence any tab shows; without effect unless this tab leads. */
  renewSubscription(): void {
    this.#leader?.subscription.renew();
  }

  /** Reports to the other tabs that the login has ended. */
  postEnd(state: State): void {
    this.#post({ kind: "ended", state });
  }

  /** Withdraws the wants of this tab, and closes the channel to the other tabs. */
  close(): void {
    this.#leader = undefined;
    this.#post({ kind: "wants", tab: this.#tab, userIds: [] });
    this.#parts.tabs.close();
  }

  /** Leads the tabs until the login or the client ends, or another tab takes the lead. */
  async #lead(signal: AbortSignal): Promise<void> {
    const { userId, api, model, store } = this.#parts;
    const persistence = { ...this.#parts.persistence, signal };
    // Another tab may have stored messages and ended before any tab received its note.
    const saved = await store.load();
    if (signal.aborted) return;
    model.queue(saved.outbox);
    const post = (note: Note) => {
      this.#post(note);
    };
    const leader = new Leader({ userId, tab: this.#tab, api, model, store, persistence, post });
    this.#leader = leader;
    signal.addEventListener("abort", () => {
      this.#follow();
    });
    leader.postSnapshot();
    this.postWants();
    if (this.#place.isKnown) {
      // The previous leader may have ended before it stored changes that this tab received.
      await store.write(model.differing(saved));
    }
    await leader.poll();
  }

  /** Follows the tab that took the lead from this one. */
  #follow(): void {
    if (this.#parts.persistence.signal.aborted) return;
    this.#leader = undefined;
    this.#askForSnapshot();
  }

  #receive(note: Note): void {
    switch (note.kind) {
      case "hello":
        // Every tab reports its wants again, except those that ended silently.
        if (this.#leader) {
          this.#leader.subscription.keepOnly(this.#tab, this.#parts.presence.wanted);
          this.#leader.postSnapshot();
        } else {
          this.postWants();
        }
        return;
      case "snapshot":
        if (!this.#leader && this.#place.adopts(note.leader, note.n)) this.#adopt(note.snapshot);
        return;
      case "batch":
        if (this.#leader) return;
        if (this.#place.follows(note.leader, note.n)) this.#apply(note.changes, note.progress);
        else this.#askForSnapshot();
        return;
      case "local":
        this.#apply(note.changes);
        return;
      case "wants":
        this.#leader?.subscription.want(note.tab, note.userIds);
        return;
      case "ended":
        this.#parts.ended(note.state);
    }
  }

  /** Takes in the leader's state, and settles the messages of this tab whose outcome was missed. */
  #adopt(snapshot: Snapshot): void {
    const { model, sends } = this.#parts;
    model.adopt(snapshot, new Set(sends.ids));
    this.postWants();
    for (const id of sends.ids) {
      const entry = model.outbox.get(id);
      if (entry?.ack) sends.sent(id, entry.ack);
      if (entry?.error) sends.failed(id, entry.error);
      if (entry?.status === "queued") this.#post({ kind: "local", changes: [{ type: "queued", entry }] });
    }
  }

  /**
   * Applies changes of any tab. Every tab stores the outbox changes that it receives: a tab that closes at
   * once has already sent its changes, and the last tab to write knows that a message was sent.
   */
  #apply(changes: readonly Change[], progress?: FeedState): void {
    const { model, store } = this.#parts;
    const { outbox, settled } = model.apply(changes, progress);
    if (outbox?.length || settled?.length) void store.write({ outbox, settled });
    this.#leader?.wake();
  }

  #askForSnapshot(): void {
    this.#post({ kind: "hello" });
    this.postWants();
  }

  #post(note: Note): void {
    this.#parts.tabs.post(note);
  }
}
