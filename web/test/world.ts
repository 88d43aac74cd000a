// A server, and people at their browsers.
import { randomBytes } from "node:crypto";
import {
  expect,
  test as base,
  type Browser,
  type BrowserContextOptions,
  type Locator,
  type Page,
} from "@playwright/test";
import { Longwave, text, type Api } from "@longwave/client";
import { Server } from "../../clients/typescript/test/spinlet.ts";

const PASSWORD = "battery staple";

/** Somebody with an account. */
export interface Account {
  readonly username: string;
  readonly nickname: string;
  readonly userId: string;
  /** Their calls, by a login on another platform than the page's. */
  readonly api: Api;
}

export class World {
  readonly #browser: Browser;
  readonly #contexts: { close(): Promise<void> }[] = [];
  /** What went wrong in the pages themselves. */
  readonly faults: string[] = [];

  constructor(
    browser: Browser,
    readonly server: Server,
  ) {
    this.#browser = browser;
  }

  /** Makes an account, and logs in on a platform of its own to do what is not looked at. */
  async account(nickname: string): Promise<Account> {
    const username = `${nickname.toLowerCase()}-${randomBytes(6).toString("hex")}`;
    const server = new Longwave(this.server.url, { platformId: 7 });
    const { user_id } = await server.register({ username, password: PASSWORD, nickname });
    const { api } = await server.login(username, PASSWORD);
    return { username, nickname, userId: user_id, api };
  }

  /** A browser of somebody's own. */
  async browser(options: BrowserContextOptions = {}): Promise<Page> {
    const context = await this.#browser.newContext({ baseURL: this.server.url, ...options });
    this.#contexts.push(context);
    // What a page must never do, whatever it is tested for.
    context.on("weberror", (error) => this.faults.push(error.error().message));
    context.on("console", (line) => {
      if (/content security policy|react/i.test(line.text())) this.faults.push(line.text());
    });
    return await context.newPage();
  }

  /** Somebody new who has signed in. */
  async person(nickname: string, options: BrowserContextOptions = {}): Promise<Person> {
    const account = await this.account(nickname);
    const person = new Person(account, await this.browser(options));
    await person.signIn();
    return person;
  }

  async close(): Promise<void> {
    for (const context of this.#contexts) await context.close();
  }
}

/** Somebody at a page. */
export class Person {
  constructor(
    readonly account: Account,
    readonly page: Page,
  ) {}

  async signIn(): Promise<void> {
    await this.page.goto("/");
    await this.fillIn();
    await this.page.getByText("Connected").first().waitFor();
  }

  /** Fills in the form to sign in, and sends it. */
  async fillIn(): Promise<void> {
    await this.page.getByLabel("Username").fill(this.account.username);
    await this.page.getByLabel("Password").fill(PASSWORD);
    await this.page.getByRole("button", { name: "Sign in", exact: true }).click();
  }

  /** Another tab of the same browser. */
  async tab(): Promise<Person> {
    const page = await this.page.context().newPage();
    await page.goto("/");
    await page.getByText("Connected").first().waitFor();
    return new Person(this.account, page);
  }

  /** Opens the conversation with somebody, by their link. */
  async open(other: Account): Promise<void> {
    await this.page.evaluate((id) => (location.hash = `#/user/${id}`), other.userId);
    await this.page.getByRole("heading", { name: other.nickname, exact: true }).waitFor();
  }

  async openGroup(groupId: string): Promise<void> {
    await this.page.evaluate((id) => (location.hash = `#/group/${id}`), groupId);
    await this.feed.waitFor();
  }

  get feed(): Locator {
    return this.page.getByRole("feed");
  }

  get composer(): Locator {
    return this.page.getByRole("textbox", { name: "Message" });
  }

  /** The conversation of that name in the list. */
  row(name: string): Locator {
    return this.page.getByRole("navigation").getByRole("link", { name });
  }

  /** The message that says exactly that. */
  message(text: string): Locator {
    return this.page.getByRole("article").filter({ has: this.page.getByText(text, { exact: true }) });
  }

  async say(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press("Enter");
  }

  /** All that the feed shows, from top to bottom. */
  async texts(): Promise<string[]> {
    return await this.page.locator(".body").allTextContents();
  }
}

/** Sends texts one after another, as what somebody else did before. */
export async function sendAll(from: Account, to: Account, texts: readonly string[]): Promise<void> {
  for (const [n, said] of texts.entries()) {
    const client_msg_id = `${from.username}-${n}-${randomBytes(4).toString("hex")}`;
    await from.api.send({ client_msg_id, ...text(said), session_type: 1, recv_id: to.userId });
  }
}

/** As if the user went to another tab, or came back. */
export async function setHidden(page: Page, hidden: boolean): Promise<void> {
  await page.evaluate((hidden) => {
    const visibilityState = hidden ? "hidden" : "visible";
    for (const [name, value] of Object.entries({ hidden, visibilityState })) {
      Object.defineProperty(document, name, { configurable: true, value });
    }
    document.dispatchEvent(new Event("visibilitychange"));
  }, hidden);
}

/** As if the user went to another window, or came back. */
export async function setFocused(page: Page, focused: boolean): Promise<void> {
  await page.evaluate((focused) => {
    document.hasFocus = () => focused;
    window.dispatchEvent(new Event(focused ? "focus" : "blur"));
  }, focused);
}

/** A name or another text of a user's as it stands in a sentence: in whatever direction it runs, it turns nothing else. */
export function isolated(text: string): string {
  return `\u2068${text}\u2069`;
}

/** Keeps a screenshot as an artefact. */
export async function keep(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `test/artefacts/screens/${name}.png` });
}

/** Gives a test its people, and holds against it what went wrong in their pages. */
async function inhabit(browser: Browser, server: Server, provide: (world: World) => Promise<void>) {
  const world = new World(browser, server);
  await provide(world);
  await world.close();
  expect(world.faults).toEqual([]);
}

export const test = base.extend<{ world: World; alone: World }, { server: Server }>({
  server: [
    async ({}, provide) => {
      const server = await Server.start();
      await provide(server);
      await server.stop();
    },
    { scope: "worker", timeout: 120_000 },
  ],
  world: ({ browser, server }, provide) => inhabit(browser, server, provide),
  /** On a server that the test may kill. */
  alone: async ({ browser }, provide) => {
    const server = await Server.start();
    try {
      await inhabit(browser, server, provide);
    } finally {
      await server.stop();
    }
  },
});

export { expect };
