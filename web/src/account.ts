import { Longwave, LongwaveError, type Client, type Reason, type View } from "@longwave/client";
import { forgetSession, keepSession, keptSession, onSessionElsewhere } from "./session";

/** The login state of the page. */
export type AccountState =
  | { readonly status: "out" }
  | { readonly status: "in"; readonly client: Client }
  /** The login ended without the user's action. */
  | { readonly status: "ended"; readonly reason: Reason | undefined };

/** The input of a registration. */
export interface NewAccount {
  readonly username: string;
  readonly password: string;
  readonly nickname: string;
}

/** The login of this browser, shared by all its tabs. */
export class Account implements View<AccountState> {
  // The API is at the page's address: at the root, or under the path of a proxy.
  readonly #server = new Longwave(".");
  readonly #listeners = new Set<() => void>();
  #state: AccountState = { status: "out" };

  constructor() {
    const session = keptSession();
    if (session) this.#enter(this.#server.resume(session));
    onSessionElsewhere((session) => {
      if (this.#state.status !== "in") this.#enter(this.#server.resume(session));
    });
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  };

  readonly snapshot = (): AccountState => this.#state;

  /** @throws LongwaveError */
  async login(username: string, password: string): Promise<void> {
    this.#enter(await this.#server.login(username, password));
  }

  /**
   * Creates an account and logs in. If the name is taken, an earlier attempt with a lost answer may have
   * taken it: only the login shows this.
   *
   * @throws LongwaveError
   */
  async register({ username, password, nickname }: NewAccount): Promise<void> {
    try {
      await this.#server.register({ username, password, nickname: nickname || username });
    } catch (error) {
      if (!(error instanceof LongwaveError) || error.kind === "refused") throw error;
    }
    await this.login(username, password);
  }

  /** Logs out, here and in the other tabs, whether or not the server answers. */
  async logout(): Promise<void> {
    if (this.#state.status !== "in") return;
    const { client } = this.#state;
    forgetSession(client.session);
    this.#set({ status: "out" });
    try {
      await client.logout();
    } catch (error) {
      if (!(error instanceof LongwaveError)) throw error;
    }
  }

  /** Goes from the notice of an ended login to the login form. */
  leave(): void {
    this.#set({ status: "out" });
  }

  #enter(client: Client): void {
    // Another tab's login may have been entered meanwhile: its end must not end this one.
    if (this.#state.status === "in") this.#state.client.close();
    keepSession(client.session);
    client.on("kicked", (reason) => {
      const kept = keptSession();
      if (kept && kept.token !== client.session.token) {
        // Another tab of this browser has signed in again.
        this.#enter(this.#server.resume(kept));
        return;
      }
      forgetSession(client.session);
      this.#set(reason === "logout" ? { status: "out" } : { status: "ended", reason });
    });
    this.#set({ status: "in", client });
    // The client reports its progress by its state.
    void client.connect();
  }

  #set(state: AccountState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}
