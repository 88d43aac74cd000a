import { PublicApi } from "./api.js";
import { Client, type Session } from "./client.js";
import { Http } from "./http.js";
import { deviceNetwork, type Network } from "./network.js";
import { IndexedDbStore } from "./store/indexeddb.js";
import { MemoryStore } from "./store/memory.js";
import { SafeStore } from "./store/safe.js";
import type { RoomyStore, Store } from "./store/store.js";
import { browserTools, tabsOf, type TabTools } from "./tabs.js";
import type { PlatformId, Profile, Registration } from "./types.js";

/** Optional settings. */
export interface LongwaveOptions {
  /** The user's platform; 5 (web) if absent. A user has one native login per platform. */
  readonly platformId?: PlatformId;
  /** Sends requests; the global `fetch` if absent. */
  readonly fetch?: typeof fetch;
  /** Whether the device has a network; the browser's information if absent. */
  readonly network?: Network;
  /**
   * Opens the store of the account of this name; if absent, one in IndexedDB, or in memory if that does not
   * exist. If this fails, memory replaces it.
   */
  readonly openStore?: (name: string) => Promise<Store>;
  /** Coordinates tabs; the browser's Web Locks and BroadcastChannel if absent. */
  readonly tabTools?: TabTools;
  /** The jitter of waits, from 0 to 1; `Math.random` if absent. */
  readonly random?: () => number;
}

/** A Longwave server. */
export class Longwave {
  readonly #url: string;
  readonly #http: Http;
  readonly #api: PublicApi;
  readonly #options: LongwaveOptions;
  readonly #platformId: PlatformId;

  /**
   * @param url such as `https://chat.example.com`; in a page also relative to it, such as `/`.
   * @throws TypeError if the URL is invalid.
   */
  constructor(url: string, options: LongwaveOptions = {}) {
    const { location } = globalThis as Partial<typeof globalThis>;
    const { origin, pathname } = new URL(url, location?.href);
    this.#url = (origin + pathname).replace(/\/+$/, "");
    this.#options = options;
    this.#platformId = options.platformId ?? 5;
    this.#http = new Http(this.#url, options.fetch ?? fetch, this.#platformId);
    this.#api = new PublicApi(this.#http);
  }

  /**
   * Creates an account. Sent once: without an answer, this very call may have taken the name, so try to log
   * in.
   *
   * @throws `LongwaveError` with 10202 if the name is taken, 10001 for a name or password out of its limits,
   * 10005 after too many calls.
   */
  register(registration: Registration): Promise<Profile> {
    return this.#api.register(registration);
  }

  /**
   * Logs in, which ends the previous login of this user and platform. Sent once.
   *
   * @throws `LongwaveError` with 10105 for a wrong name or password, 10005 after too many calls.
   */
  async login(username: string, password: string): Promise<Client> {
    const { user_id, token } = await this.#api.login(username, password, this.#platformId);
    return this.resume({ userId: user_id, token });
  }

  /** Continues with a saved login, or with a token that your own backend signed. Sends no request. */
  resume(session: Session): Client {
    const { tabTools = browserTools(), random = Math.random, network = deviceNetwork() } = this.#options;
    const account = `longwave ${this.#url} ${session.userId}`;
    // The end of a token's signature distinguishes the logins of a user, and reveals nothing else.
    const login = `${account} ${session.token.slice(-12)}`;
    return new Client(session, {
      http: this.#http,
      network,
      random,
      tabs: tabsOf(login, tabTools),
      openStore: (onLoss) => this.#openStore(account, onLoss),
    });
  }

  #openStore(name: string, onLoss: (error: unknown) => void): RoomyStore {
    const { openStore } = this.#options;
    if (openStore) return new SafeStore(() => openStore(name), onLoss);
    return "indexedDB" in globalThis
      ? new SafeStore(() => IndexedDbStore.open(name), onLoss)
      : new MemoryStore();
  }
}
