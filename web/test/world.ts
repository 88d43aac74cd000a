// A server, and users with their browsers.
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

/** The password of all accounts. */
export const PASSWORD = "battery staple";

/** A user with an account. */
export interface Account {
  readonly username: string;
  readonly nickname: string;
  readonly userId: string;
  /** The user's calls, by a login on a platform other than the page's. */
  readonly api: Api;
}

export class World {
  readonly #browser: Browser;
  readonly #contexts: { close(): Promise<void> }[] = [];
  /** Uncaught errors of the pages, and console messages about React or the content security policy. */
  readonly faults: string[] = [];

  constructor(
    browser: Browser,
    readonly server: Server,
  ) {
    this.#browser = browser;
  }

  /** Creates an account, with a login on another platform for actions outside the page. */
  async account(nickname: string): Promise<Account> {
    const username = `${nickname.toLowerCase()}-${randomBytes(6).toString("hex")}`;
    const server = new Longwave(this.server.url, { platformId: 7 });
    const { user_id } = await server.register({ username, password: PASSWORD, nickname });
    const { api } = await server.login(username, PASSWORD);
    return { username, nickname, userId: user_id, api };
  }

  /** A page in a new browser context, with its own storage. */
  async browser(options: BrowserContextOptions = {}): Promise<Page> {
    const context = await this.#browser.newContext({ baseURL: this.server.url, ...options });
    this.#contexts.push(context);
    // No page may cause these, in any test.
    context.on("weberror", (error) => this.faults.push(error.error().message));
    context.on("console", (line) => {
      if (/content security policy|react/i.test(line.text())) this.faults.push(line.text());
    });
    return await context.newPage();
  }

  /** A new user who is signed in on a page. */
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

/** A user at a page. */
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

  /** Fills in and submits the sign-in form. */
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

  /** Opens the conversation with another user, as that user's link does. */
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

  /** The conversation with this name in the list. */
  row(name: string): Locator {
    return this.page.getByRole("navigation").getByRole("link", { name });
  }

  /** The message with exactly this text. */
  message(text: string): Locator {
    return this.page.getByRole("article").filter({ has: this.page.getByText(text, { exact: true }) });
  }

  async say(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press("Enter");
  }

  /** The texts of the rendered messages, from top to bottom. */
  async texts(): Promise<string[]> {
    return await this.page.locator(".body").allTextContents();
  }
}

/** Sends texts one after another, without a page. */
export async function sendAll(from: Account, to: Account, texts: readonly string[]): Promise<void> {
  for (const [n, said] of texts.entries()) {
    const client_msg_id = `${from.username}-${n}-${randomBytes(4).toString("hex")}`;
    await from.api.send({ client_msg_id, ...text(said), session_type: 1, recv_id: to.userId });
  }
}

/** Simulates that the user switches to another tab, or returns. */
export async function setHidden(page: Page, hidden: boolean): Promise<void> {
  await page.evaluate((hidden) => {
    const visibilityState = hidden ? "hidden" : "visible";
    for (const [name, value] of Object.entries({ hidden, visibilityState })) {
      Object.defineProperty(document, name, { configurable: true, value });
    }
    document.dispatchEvent(new Event("visibilitychange"));
  }, hidden);
}

/** Simulates that the user switches to another window, or returns. */
export async function setFocused(page: Page, focused: boolean): Promise<void> {
  await page.evaluate((focused) => {
    document.hasFocus = () => focused;
    window.dispatchEvent(new Event(focused ? "focus" : "blur"));
  }, focused);
}

/** A user's text as it is in a sentence: isolated, so that its direction does not affect the rest. */
export function isolated(text: string): string {
  return `\u2068${text}\u2069`;
}

/** Keeps a screenshot in `test/artefacts`. */
export async function keep(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `test/artefacts/screens/${name}.png` });
}

/** Provides a world to a test, and then asserts that its pages had no faults. */
async function provideWorld(browser: Browser, server: Server, provide: (world: World) => Promise<void>) {
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
  world: ({ browser, server }, provide) => provideWorld(browser, server, provide),
  /** A world with a server of its own, which the test may kill. */
  alone: async ({ browser }, provide) => {
    const server = await Server.start();
    try {
      await provideWorld(browser, server, provide);
    } finally {
      await server.stop();
    }
  },
});

export { expect };
