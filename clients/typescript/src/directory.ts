import type { Api } from "./api.js";
import { LongwaveError, report } from "./errors.js";
import type { Group, ListedProfile } from "./types.js";
import { Live, type View } from "./view.js";

/** Maximum number of profiles per call. */
const BATCH = 100;

/** Retries a call until it has an answer. */
type Persist = <T>(ask: () => Promise<T>) => Promise<T>;

/** Names and pictures: profiles and groups, read when their view has a listener. */
export class Directory {
  readonly #api: Pick<Api, "users" | "group">;
  readonly #persist: Persist;
  readonly #profiles = new Map<string, ListedProfile>();
  readonly #profileViews = new Map<string, Live<ListedProfile | undefined>>();
  readonly #groups = new Map<string, Group>();
  readonly #groupViews = new Map<string, Live<Group | undefined>>();
  /** Profiles to read. */
  #wanted = new Set<string>();
  /** Groups that are being read; `true` if they changed meanwhile. */
  readonly #reading = new Map<string, boolean>();

  constructor(api: Pick<Api, "users" | "group">, persist: Persist) {
    this.#api = api;
    this.#persist = persist;
  }

  profile(userId: string): View<ListedProfile | undefined> {
    const view =
      this.#profileViews.get(userId) ??
      new Live<ListedProfile | undefined>(
        () => this.#profiles.get(userId),
        (watched) => {
          if (watched && !this.#profiles.has(userId)) this.#wantProfile(userId);
        },
      );
    this.#profileViews.set(userId, view);
    return view;
  }

  group(groupId: string): View<Group | undefined> {
    const view =
      this.#groupViews.get(groupId) ??
      new Live<Group | undefined>(
        () => this.#groups.get(groupId),
        (watched) => {
          if (watched && !this.#groups.has(groupId)) this.readGroup(groupId);
        },
      );
    this.#groupViews.set(groupId, view);
    return view;
  }

  setProfile(profile: ListedProfile): void {
    const known = this.#profiles.get(profile.user_id);
    // The answer to a read that began before an event may be older than the event.
    if (known && known.updated_at > profile.updated_at) return;
    this.#profiles.set(profile.user_id, profile);
    this.#profileViews.get(profile.user_id)?.touch();
  }

  /** After missed changes, reads again all data with listeners, and drops all other data. */
  readAgain(): void {
    for (const [groupId, view] of this.#groupViews) {
      if (view.isWatched) this.readGroup(groupId);
      else this.#groups.delete(groupId);
    }
    for (const [userId, view] of this.#profileViews) {
      if (view.isWatched) this.#wantProfile(userId);
      else this.#profiles.delete(userId);
    }
  }

  /** Drops all data, since the server has another history. Data with listeners is read again. */
  forget(): void {
    this.#profiles.clear();
    this.#groups.clear();
    for (const view of [...this.#profileViews.values(), ...this.#groupViews.values()]) view.touch();
    this.readAgain();
  }

  /** Reads a group again, if it has a view; once more if it is being read already. */
  readGroup(groupId: string): void {
    if (!this.#groupViews.has(groupId)) return;
    if (this.#reading.has(groupId)) {
      this.#reading.set(groupId, true);
      return;
    }
    void this.#readGroup(groupId);
  }

  async #readGroup(groupId: string): Promise<void> {
    do {
      this.#reading.set(groupId, false);
      try {
        this.#groups.set(groupId, await this.#persist(() => this.#api.group(groupId)));
        this.#groupViews.get(groupId)?.touch();
      } catch (error) {
        // The last known data stays: a group that the user has left keeps its name.
        if (!(error instanceof LongwaveError)) report(error);
      }
    } while (this.#reading.get(groupId));
    this.#reading.delete(groupId);
  }

  #wantProfile(userId: string): void {
    this.#wanted.add(userId);
    if (this.#wanted.size > 1) return;
    queueMicrotask(() => {
      const wanted = [...this.#wanted];
      this.#wanted = new Set();
      for (let at = 0; at < wanted.length; at += BATCH) void this.#readProfiles(wanted.slice(at, at + BATCH));
    });
  }

  async #readProfiles(userIds: readonly string[]): Promise<void> {
    try {
      for (const profile of await this.#persist(() => this.#api.users(userIds))) this.setProfile(profile);
    } catch (error) {
      if (!(error instanceof LongwaveError)) throw error;
      if (error.kind !== "refused" || userIds.length === 1) return;
      // The server refuses the whole list for one invalid id.
      const half = userIds.length >> 1;
      await this.#readProfiles(userIds.slice(0, half));
      await this.#readProfiles(userIds.slice(half));
    }
  }
}
