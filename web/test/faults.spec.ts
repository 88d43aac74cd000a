import type { Page, Route } from "@playwright/test";
import { conversationBetween } from "@longwave/client";
import { expect, keep, Person, sendAll, test } from "./world.ts";

/** A screen on which a whole conversation fits. */
const TALL = { viewport: { width: 1120, height: 2400 } };

const POLL = /realtime\/poll/;
const SEND = /message\/send/;

/** Answers with a refusal in the server's envelope. */
function refuse(route: Route, status: number, code: number, headers: Record<string, string> = {}, data = {}) {
  return route.fulfill({ status, headers, json: { code, message: "a fault of the test", data } });
}

const status = (page: Page) => page.getByRole("status").filter({ visible: true }).first();

test("a killed server loses and repeats no message on either page of a chat", async ({ alone: world }) => {
  test.setTimeout(120_000);
  const { server } = world;
  const [alice, bob] = [await world.person("Alice", TALL), await world.person("Bob", TALL)];
  await alice.open(bob.account);
  await bob.open(alice.account);
  const said: string[] = [];
  const talk = async (from: number, to: number) => {
    for (let n = from; n < to; n++) {
      await alice.say(`alice ${n}`);
      await bob.say(`bob ${n}`);
      said.push(`alice ${n}`, `bob ${n}`);
    }
  };

  await talk(0, 5);
  // While the last messages are still being sent.
  await server.kill();
  await talk(5, 10);
  await expect(status(alice.page)).toHaveText("No connection");
  await expect(alice.page.getByRole("img", { name: "Sending" }).first()).toBeVisible();
  await keep(alice.page, "no-connection");
  await server.start();
  await talk(10, 12);
  for (const person of [alice, bob]) {
    await expect(person.page.getByRole("article")).toHaveCount(said.length, { timeout: 60_000 });
    await expect(person.page.getByRole("img", { name: "Sending" })).toHaveCount(0, { timeout: 60_000 });
    expect((await person.texts()).sort()).toEqual([...said].sort());
  }
  await expect.poll(async () => (await alice.texts()).join()).toBe((await bob.texts()).join());
});

test("a refused message shows the reason, and can be sent again or deleted", async ({ world }) => {
  const alice = await world.person("Alice");
  const bob = await world.account("Bob");
  await alice.open(bob);
  await alice.page.route(SEND, (route) => refuse(route, 403, 10204));
  await alice.say("please");
  await alice.say("never mind");
  const refused = alice.page.getByText("Not sent. This person does not accept messages from you.");
  await expect(refused).toHaveCount(2);
  await keep(alice.page, "failed");
  await alice.page.unroute(SEND);
  await alice.page.reload();
  await alice.page.getByRole("button", { name: "Delete" }).last().click();
  await alice.page.getByRole("button", { name: "Try again" }).click();
  await expect(alice.message("please").getByRole("img", { name: "Sent" })).toBeVisible();
  await expect.poll(() => alice.texts()).toEqual(["please"]);
});

test("a message that a proxy always refuses blocks no other, and can be sent again", async ({ world }) => {
  const alice = await world.person("Alice");
  const [bob, carol] = [await world.account("Bob"), await world.account("Carol")];
  let tries = 0;
  await alice.page.route(SEND, (route) => {
    if (!route.request().postData()?.includes("poison")) return route.continue();
    tries += 1;
    return route.fulfill({ status: 403, contentType: "text/html", body: "<h1>Forbidden</h1>" });
  });
  await alice.open(bob);
  await alice.say("poison");
  await alice.say("after it");
  await alice.open(carol);
  await alice.say("elsewhere");
  await expect(alice.message("elsewhere").getByRole("img", { name: "Sent" })).toBeVisible();
  await expect(status(alice.page)).toHaveText("Connected");

  await alice.open(bob);
  const refused = alice.page.getByText("Not sent. Something between you and the server blocked this.");
  await expect(refused.filter({ visible: true })).toHaveCount(1, { timeout: 30_000 });
  expect(tries).toBe(5);
  await expect(alice.message("after it").getByRole("img", { name: "Sent" })).toBeVisible();
  await alice.page.unroute(SEND);
  await alice.page.getByRole("button", { name: "Try again" }).click();
  await expect(alice.message("poison").getByRole("img", { name: "Sent" })).toBeVisible();
});

test("a message whose answer is lost three times is stored once", async ({ world }) => {
  const alice = await world.person("Alice");
  const bob = await world.account("Bob");
  await alice.open(bob);
  let lost = 0;
  await alice.page.route(SEND, async (route) => {
    if (lost === 3) {
      await route.continue();
      return;
    }
    lost += 1;
    await route.fetch();
    await route.abort("connectionreset");
  });
  await alice.say("once");
  await expect(alice.message("once").getByRole("img", { name: "Sent" })).toBeVisible();
  expect(lost).toBeGreaterThan(0);
  await alice.page.reload();
  await expect(alice.message("once")).toHaveCount(1);
});

test("a 401 ends all polling, and the page shows the reason", async ({ world }) => {
  const alice = await world.person("Alice");
  let polls = 0;
  await alice.page.route(POLL, (route) => {
    polls += 1;
    return refuse(route, 401, 10102, {}, { reason: "token_expired" });
  });
  await sendAll(await world.account("Bob"), alice.account, ["wake up"]);
  await expect(alice.page.getByRole("heading", { name: "Your session has expired" })).toBeVisible();
  await alice.page.waitForTimeout(1500);
  expect(polls).toBe(1);
});

test("unsent messages survive a login that the server no longer knows", async ({ world }) => {
  const alice = await world.person("Alice");
  const bob = await world.account("Bob");
  await alice.open(bob);
  await alice.page.route(SEND, (route) => route.abort("connectionreset"));
  await alice.say("on its way");
  await alice.page.route(POLL, (route) => refuse(route, 401, 10101, {}, { reason: "unknown" }));
  await sendAll(bob, alice.account, ["wake up"]);
  await expect(alice.page.getByRole("heading", { name: "You are signed out" })).toBeVisible();
  await alice.page.unroute(POLL);
  await alice.page.unroute(SEND);
  await alice.page.getByRole("button", { name: "Sign in again" }).click();
  await alice.fillIn();
  await expect(alice.message("on its way").getByRole("img", { name: "Sent" })).toBeVisible();
});

test("a poll waits after a 429 as long as the server asks", async ({ world }) => {
  const alice = await world.person("Alice");
  const bob = await world.account("Bob");
  const at: number[] = [];
  await alice.page.route(POLL, (route) => {
    at.push(Date.now());
    return at.length > 2 ? route.continue() : refuse(route, 429, 10601, { "retry-after": "3" });
  });
  await sendAll(bob, alice.account, ["one", "two"]);
  await expect(alice.page.getByText(/retrying in [1-3] s/).first()).toBeVisible();
  await sendAll(bob, alice.account, ["three"]);
  await expect(alice.row("Bob")).toContainText("3 unread", { timeout: 30_000 });
  const waits = at.slice(1, 3).map((time, n) => time - at[n]!);
  for (const wait of waits) expect(wait).toBeGreaterThan(2900);
});

test("failing polls are shown, and lose no message", async ({ world }) => {
  const alice = await world.person("Alice");
  const bob = await world.account("Bob");
  let polls = 0;
  await alice.page.route(POLL, (route) => {
    polls += 1;
    return polls % 2 ? refuse(route, 503, 20101) : route.abort("connectionreset");
  });
  await sendAll(bob, alice.account, ["one"]);
  await expect(status(alice.page)).toHaveText("No connection");
  await expect.poll(() => polls).toBeGreaterThan(1);
  await sendAll(bob, alice.account, ["two", "three"]);
  await alice.page.unroute(POLL);
  await expect(alice.row("Bob")).toContainText("3 unread", { timeout: 30_000 });
  await expect(status(alice.page)).toHaveText("Connected");
  await alice.row("Bob").click();
  await expect.poll(() => alice.texts()).toEqual(["one", "two", "three"]);
});

test("after a cursor of another database, the page shows all messages once", async ({ world }) => {
  const alice = await world.person("Alice");
  const bob = await world.account("Bob");
  let rewritten = 0;
  await alice.page.route(POLL, (route) => {
    const url = new URL(route.request().url());
    if (rewritten === 0) url.searchParams.set("cursor", btoa("0000000000000000:1"));
    rewritten += 1;
    return route.continue({ url: url.href });
  });
  await sendAll(bob, alice.account, ["one"]);
  await expect.poll(() => rewritten).toBeGreaterThan(1);
  await sendAll(bob, alice.account, ["two"]);
  await alice.row("Bob").click();
  await expect(alice.message("two")).toBeVisible();
  await expect.poll(() => alice.texts()).toEqual(["one", "two"]);
});

test("after a change of history the page shows the server's messages, and keeps unsent ones and drafts", async ({
  world,
}) => {
  const alice = await world.person("Alice");
  const bob = await world.account("Bob");
  await sendAll(bob, alice.account, ["one"]);
  await alice.row("Bob").click();
  await expect(alice.message("one")).toBeVisible();
  await alice.page.route(SEND, (route) => route.abort("connectionreset"));
  await alice.say("on its way");
  await alice.composer.fill("half a thought");

  // In the restored history, another message has the seq of "one".
  const pulled = alice.page.waitForRequest(/message\/pull/);
  await alice.page.route(/message\/pull/, async (route) => {
    const response = await route.fetch();
    const json = (await response.json()) as { data: { messages: { content: string }[] } };
    for (const message of json.data.messages) message.content = '{"text":"restored"}';
    await route.fulfill({ response, json });
  });
  let isReset = false;
  await alice.page.route(POLL, (route) => {
    if (isReset) return route.continue();
    isReset = true;
    const cursor = new URL(route.request().url()).searchParams.get("cursor");
    const data = { cursor, frames: [], reset: true, reset_reason: "other_history" };
    return route.fulfill({ json: { code: 0, message: "", data } });
  });
  await alice.account.api.setOptions(conversationBetween(alice.account.userId, bob.userId), { muted: true });
  await pulled;
  await expect.poll(() => alice.texts()).toEqual(["restored", "on its way"]);
  await expect(alice.composer).toHaveValue("half a thought");
  await alice.page.unroute(SEND);
  await expect(alice.message("on its way").getByRole("img", { name: "Sent" })).toBeVisible({
    timeout: 40_000,
  });
});

test("without a network the page says so, and sends messages once it is back", async ({ world }) => {
  const alice = await world.person("Alice");
  const bob = await world.account("Bob");
  await alice.open(bob);
  await alice.page.context().setOffline(true);
  await expect(status(alice.page)).toHaveText("No network");
  await alice.say("from the tunnel");
  await expect(alice.message("from the tunnel").getByRole("img", { name: "Sending" })).toBeVisible();
  await sendAll(bob, alice.account, ["are you there?"]);
  await alice.page.context().setOffline(false);
  await expect(alice.message("from the tunnel").getByRole("img", { name: "Sent" })).toBeVisible();
  await expect.poll(() => alice.texts()).toEqual(["are you there?", "from the tunnel"]);
});

test("a clock that jumps by a year changes nothing but the shown dates", async ({ world }) => {
  const alice = await world.person("Alice");
  const bob = await world.account("Bob");
  await alice.open(bob);
  const now = Date.now();
  for (const [n, jump] of [0, 365, -365, 0].entries()) {
    await alice.page.clock.setFixedTime(now + jump * 86_400_000);
    await alice.say(`mine ${n}`);
    await expect(alice.message(`mine ${n}`).getByRole("img", { name: "Sent" })).toBeVisible();
    await sendAll(bob, alice.account, [`theirs ${n}`]);
    await expect(alice.message(`theirs ${n}`)).toBeVisible();
  }
  await expect.poll(() => alice.texts()).toEqual([0, 1, 2, 3].flatMap((n) => [`mine ${n}`, `theirs ${n}`]));
});

for (const [what, fault] of [
  ["forbidden", forbidStorage],
  ["full", fillStorage],
] as const) {
  test(`with ${what} storage the page works and shows a notice`, async ({ world }) => {
    const alice = await world.account("Alice");
    const bob = await world.account("Bob");
    const page = await world.browser();
    await page.addInitScript(fault);
    const person = new Person(alice, page);
    await person.signIn();
    await person.open(bob);
    await person.say("kept by the server");
    await expect(person.message("kept by the server").getByRole("img", { name: "Sent" })).toBeVisible();
    await sendAll(bob, alice, ["so is this"]);
    await expect(person.message("so is this")).toBeVisible();
    await expect(page.getByText("This browser cannot store data")).toBeVisible();
    await page.getByRole("button", { name: "Dismiss" }).click();
    await expect(page.getByText("This browser cannot store data")).toHaveCount(0);
  });
}

test("the notice that data cannot be stored is also shown after a reload", async ({ world }) => {
  const alice = new Person(await world.account("Alice"), await world.browser());
  await alice.page.addInitScript(() => {
    IDBFactory.prototype.open = () => {
      throw new DOMException("forbidden", "SecurityError");
    };
  });
  await alice.signIn();
  const notice = alice.page.getByText("This browser cannot store data");
  await expect(notice).toBeVisible();
  await alice.page.reload();
  await expect(notice).toBeVisible();
});

test("an error while rendering shows a notice, and the reloaded page continues", async ({ world }) => {
  const alice = await world.person("Alice");
  const bob = await world.account("Bob");
  await alice.open(bob);
  await alice.page.context().setOffline(true);
  await alice.say("on its way");
  await alice.page.route(/user\/info/, (route) => {
    const users = [{ user_id: bob.userId, nickname: 1, avatar: 1 }];
    return route.fulfill({ json: { code: 0, message: "", data: { users } } });
  });
  await alice.page.context().setOffline(false);
  await alice.page.reload();
  await expect(alice.page.getByRole("heading", { name: "Something went wrong" })).toBeVisible();
  await keep(alice.page, "broken");
  await alice.page.unroute(/user\/info/);
  await alice.page.getByRole("button", { name: "Reload" }).click();
  await expect(alice.message("on its way").getByRole("img", { name: "Sent" })).toBeVisible();
});

/** Simulates a browser that forbids storage. */
function forbidStorage() {
  const forbidden = () => {
    throw new DOMException("forbidden", "SecurityError");
  };
  Object.defineProperty(window, "localStorage", { get: forbidden });
  IDBFactory.prototype.open = forbidden;
}

/** Simulates a full disk. */
function fillStorage() {
  const full = () => {
    throw new DOMException("full", "QuotaExceededError");
  };
  Storage.prototype.setItem = full;
  IDBObjectStore.prototype.put = full;
}
