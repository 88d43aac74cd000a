import { Longwave } from "@longwave/client";
import { expect, keep, PASSWORD, Person, sendAll, test, type Account } from "./world.ts";

test("a second login ends the first, which shows the reason and does not log in again", async ({ world }) => {
  const alice = await world.person("Alice");
  const elsewhere = new Person(alice.account, await world.browser());
  await elsewhere.signIn();
  await expect(alice.page.getByRole("heading", { name: "You signed in somewhere else" })).toBeVisible();
  await keep(alice.page, "signed-in-elsewhere");
  await alice.page.reload();
  await expect(alice.page.getByRole("button", { name: "Sign in", exact: true })).toBeVisible();
  await expect(elsewhere.page.getByText("Connected").first()).toBeVisible();

  await alice.fillIn();
  await expect(alice.page.getByText("Connected").first()).toBeVisible();
  await expect(elsewhere.page.getByRole("button", { name: "Sign in again" })).toBeFocused();
});

test("three tabs share one poll and show the same messages, even after the polling tab is closed", async ({
  world,
  server,
}) => {
  const first = await world.person("Alice");
  const bob = await world.account("Bob");
  const tabs = [first, await first.tab(), await first.tab()];
  await sendAll(bob, first.account, ["message 0"]);
  for (const tab of tabs) await tab.row("Bob").click();

  const polls = () => server.answered("realtime-poll", first.account.userId);
  const receive = async (n: number) => {
    await sendAll(bob, first.account, [`message ${n}`]);
    for (const tab of tabs) await expect(tab.message(`message ${n}`)).toBeVisible();
  };
  await receive(1);
  await expect.poll(() => tabs[2]!.row("Bob").textContent()).not.toContain("unread");
  const before = polls();
  for (let n = 2; n <= 9; n++) await receive(n);
  // A message and the read position that follows it: each ends a poll of one tab, not of three.
  expect(polls() - before).toBeGreaterThanOrEqual(8);
  expect(polls() - before).toBeLessThanOrEqual(17);

  await tabs.shift()!.page.close();
  for (let n = 10; n <= 12; n++) await receive(n);
  for (const tab of tabs) {
    expect(await tab.texts()).toEqual(Array.from({ length: 13 }, (_, n) => `message ${n}`));
  }
});

test("a visible tab takes over from a tab that does not run, and that tab follows", async ({ world }) => {
  const alice = await world.person("Alice");
  const bob = await world.account("Bob");
  const page = await alice.page.context().newPage();
  await page.clock.install();
  const other = new Person(alice.account, page);
  await page.goto("/");
  await expect(page.getByText("Connected").first()).toBeVisible();
  let isHeld = false;
  await alice.page.route(/realtime\/poll/, () => {
    isHeld = true;
  });
  await sendAll(bob, alice.account, ["one"]);
  await expect.poll(() => isHeld).toBe(true);
  await sendAll(bob, alice.account, ["two"]);
  // In this time, nothing is heard of the first tab.
  await page.clock.runFor(45_000);
  for (const tab of [alice, other]) await expect(tab.row("Bob")).toContainText("2 unread");
  await sendAll(bob, alice.account, ["three"]);
  for (const tab of [alice, other]) await expect(tab.row("Bob")).toContainText("3 unread");
});

test("signing out in one tab signs out all tabs, and the next login signs all in", async ({ world }) => {
  const alice = await world.person("Alice");
  const other = await alice.tab();
  await alice.page.getByRole("button", { name: "Your profile" }).click();
  await alice.page.getByRole("button", { name: "Sign out" }).click();
  for (const { page } of [alice, other]) {
    await expect(page.getByRole("button", { name: "Sign in", exact: true })).toBeVisible();
  }
  expect(await alice.page.evaluate(() => localStorage.length)).toBe(0);
  await alice.fillIn();
  await expect(other.page.getByText("Connected").first()).toBeVisible();
});

/** Holds the polls of a browser's login, one of which has then begun; returns the function that releases them. */
async function holdPolls({ page, account }: Person, sender: Account): Promise<() => void> {
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  let held: string | undefined;
  await page.context().route(/realtime\/poll/, async (route) => {
    const login = route.request().headers().authorization;
    held ??= login;
    if (login === held) await released;
    await route.continue();
  });
  await sendAll(sender, account, ["wake up"]);
  await expect.poll(() => held).toBeDefined();
  return release;
}

test("a tab continues with the login by which another tab of its browser replaced its own", async ({
  world,
  server,
}) => {
  const alice = await world.person("Alice");
  const other = await alice.tab();
  const bob = await world.account("Bob");
  // The tabs do not know yet that their login has ended.
  const release = await holdPolls(alice, bob);
  const { session } = await new Longwave(server.url).login(alice.account.username, PASSWORD);
  await other.page.evaluate((session) => {
    localStorage.setItem("longwave session", JSON.stringify(session));
  }, session);
  release();
  await sendAll(bob, alice.account, ["after it"]);
  for (const tab of [alice, other]) {
    await expect(tab.row("Bob")).toContainText("2 unread");
    await expect(tab.page.getByText("Connected").first()).toBeVisible();
  }
});

test("a login that overtakes that of another tab ends neither tab", async ({ world }) => {
  const [account, bob] = [await world.account("Alice"), await world.account("Bob")];
  const alice = new Person(account, await world.browser());
  await alice.page.goto("/");
  let login: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (login = resolve));
  await alice.page.route(/auth\/login/, async (route) => {
    await released;
    await route.continue();
  });
  await alice.fillIn();
  const other = new Person(account, await alice.page.context().newPage());
  await other.signIn();
  await expect(alice.page.getByText("Connected").first()).toBeVisible();
  // Both tabs notice the end of the other tab's login only after this tab has replaced it.
  const release = await holdPolls(other, bob);
  const polled = alice.page.waitForRequest(/realtime\/poll/);
  login();
  await polled;
  release();
  await sendAll(bob, account, ["after it"]);
  for (const tab of [alice, other]) {
    await expect(tab.row("Bob")).toContainText("2 unread");
    await expect(tab.page.getByText("Connected").first()).toBeVisible();
  }
});

test("a tab enters the login of another tab even if it deleted it together with its own", async ({
  world,
  server,
}) => {
  const { username } = await world.account("Alice");
  const page = await world.browser();
  await page.goto("/");
  const { session } = await new Longwave(server.url).login(username, PASSWORD);
  await page.evaluate((session) => {
    const newValue = JSON.stringify(session);
    dispatchEvent(new StorageEvent("storage", { key: "longwave session", newValue }));
  }, session);
  await expect(page.getByText("Connected").first()).toBeVisible();
  await page.reload();
  await expect(page.getByText("Connected").first()).toBeVisible();
});

test("signing out with unsent messages asks for confirmation", async ({ world }) => {
  const alice = await world.person("Alice");
  await alice.open(await world.account("Bob"));
  await alice.page.route(/message\/send/, (route) => route.abort("connectionreset"));
  await alice.say("on its way");
  await expect(alice.message("on its way").getByRole("img", { name: "Sending" })).toBeVisible();
  await alice.page.getByRole("button", { name: "Your profile" }).click();
  await alice.page.getByRole("button", { name: "Sign out" }).click();
  const ask = alice.page.getByRole("dialog", { name: "Sign out" });
  await expect(ask).toContainText("1 message has not been sent.");
  await ask.getByRole("button", { name: "Cancel" }).click();
  await expect(alice.message("on its way")).toBeVisible();
  await alice.page.getByRole("button", { name: "Sign out" }).click();
  await ask.getByRole("button", { name: "Sign out" }).click();
  await expect(alice.page.getByRole("button", { name: "Sign in", exact: true })).toBeVisible();
});

test("the form reports a wrong password and a taken username", async ({ world }) => {
  const { username } = await world.account("Alice");
  const page = await world.browser();
  await page.goto("/");
  await page.getByLabel("Username").fill(username);
  await page.getByLabel("Password").fill("something else");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page.getByRole("alert")).toHaveText("Wrong username or password.");
  await page.getByRole("button", { name: "New here? Create an account" }).click();
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page.getByRole("alert")).toHaveText("This username is taken.");
});
