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

/** What may be other than usual. */
export interface LongwaveOptions {
  /** What the user sits at; 5 (web) if absent. One native login lives per user and platform. */
  readonly platformId?: PlatformId;
  /** What sends requests; the global `fetch` if absent. */
  readonly fetch?: typeof fetch;
  /** Whether there is a network; what the browser says if absent. */
  readonly network?: Network;
  /**
   * Where the account of that name is kept; if absent, in IndexedDB, or in memory where there is none. May
   * fail: memory then takes its place.
   */
  readonly openStore?: (name: string) => Promise<Store>;
  /** How tabs agree; Web Locks and BroadcastChannel of the browser if absent. */
  readonly tabTools?: TabTools;
  /** From 0 to 1: the jitter of waits; `Math.random` if absent. */
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
   * @throws TypeError for what is no address.
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
   * Makes an account. Sent once: after no answer, the name may be taken by this very call; try to log in.
   *
   * @throws `LongwaveError` with 10202 when the name is taken, 10001 for a name or password out of limits,
   * 10005 after too many.
   */
  register(registration: Registration): Promise<Profile> {
    return this.#api.register(registration);
  }

  /**
   * Logs in, which ends the login before of this user and platform. Sent once.
   *
   * @throws `LongwaveError` with 10105 for a wrong name or password, 10005 after too many.
   */
  async login(username: string, password: string): Promise<Client> {
    const { user_id, token } = await this.#api.login(username, password, this.#platformId);
    return this.resume({ userId: user_id, token });
  }

  /** Goes on with a login that was kept, or with a token that your own backend signed. Asks nothing. */
  resume(session: Session): Client {
    const { tabTools = browserTools(), random = Math.random, network = deviceNetwork() } = this.#options;
    const account = `longwave ${this.#url} ${session.userId}`;
    // The end of a token's signature tells logins of one user apart, and is of no other use.
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
