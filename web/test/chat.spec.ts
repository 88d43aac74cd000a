import { conversationBetween } from "@longwave/client";
import type { Page } from "@playwright/test";
import { expect, isolated, keep, Person, sendAll, setFocused, setHidden, test } from "./world.ts";

test("two people create accounts and chat", async ({ world }) => {
  const [alice, bob] = [await world.browser(), await world.browser()];
  for (const [page, name] of [
    [alice, "Alice"],
    [bob, "Bob"],
  ] as const) {
    await page.goto("/");
    await page.getByRole("button", { name: "New here? Create an account" }).click();
    await page.getByLabel("Username").fill(`${name}-${Date.now()}`);
    await page.getByLabel("Password").fill("battery staple");
    await page.getByLabel("Display name").fill(name);
    await page.getByRole("button", { name: "Create account" }).click();
    await expect(page.getByText("Connected").first()).toBeVisible();
  }

  await bob.getByRole("button", { name: "Your profile" }).click();
  const link = await bob.getByLabel("Your link").inputValue();
  await bob.keyboard.press("Escape");
  await alice.getByRole("button", { name: "New chat" }).click();
  await alice.getByLabel("User ID or link").fill(link);
  await alice.getByRole("button", { name: "Start" }).click();
  await alice.getByRole("textbox", { name: "Message" }).fill("hello Bob");
  await alice.keyboard.press("Enter");
  await expect(alice.getByRole("article").getByRole("img", { name: "Sent" })).toBeVisible();

  await bob.getByRole("link", { name: /Alice.*hello Bob.*1 unread/ }).click();
  await expect(bob.getByRole("article")).toHaveText(/hello Bob/);
  await bob.getByRole("textbox", { name: "Message" }).pressSequentially("hello");
  await expect(alice.getByText(`${isolated("Bob")} is typing…`).first()).toBeVisible();
  await bob.keyboard.press("Enter");
  await expect(alice.getByRole("article").last()).toHaveText(/^hello\d/);
  await expect(alice.getByText("is typing…")).toHaveCount(0);
  await expect(alice.getByRole("img", { name: "Online" }).first()).toBeVisible();
  await keep(alice, "two-people");
});

test("a message to an absent user is shown and marked as new on return", async ({ world }) => {
  const alice = await world.person("Alice");
  const bob = await world.account("Bob");
  await sendAll(alice.account, bob, ["before"]);
  await sendAll(bob, alice.account, ["seen"]);
  await alice.row("Bob").click();
  await expect(alice.message("seen")).toBeVisible();
  await expect(alice.row("Bob")).not.toContainText("unread");
  await alice.page.goto("about:blank");

  await sendAll(bob, alice.account, ["while you were away", "and another"]);
  await alice.page.goto("/");
  await alice.row("Bob").filter({ hasText: "2 unread messages" }).click();
  await expect(alice.page.getByText("New messages")).toBeVisible();
  await expect.poll(() => alice.texts()).toEqual(["before", "seen", "while you were away", "and another"]);
  await expect(alice.row("Bob")).not.toContainText("unread");
});

test("a revoked message loses its text on an open page and in the list, and a removed one disappears", async ({
  world,
}) => {
  const alice = await world.person("Alice");
  const bob = await world.account("Bob");
  await sendAll(bob, alice.account, ["first", "second", "third"]);
  await alice.row("Bob").click();
  await expect(alice.message("third")).toBeVisible();
  const id = conversationBetween(bob.userId, alice.account.userId);
  await bob.api.revoke(id, [1]);
  await bob.api.revoke(id, [3]);
  await expect(alice.row("Bob")).toContainText("This message was revoked");
  await bob.api.revoke(id, [2], false);
  await expect.poll(() => alice.texts()).toEqual(["This message was revoked", "This message was revoked"]);
  await alice.page.reload();
  await expect.poll(() => alice.texts()).toEqual(["This message was revoked", "This message was revoked"]);
  await keep(alice.page, "revoked");
});

test("in a group of three, the owner removes a member and leaves, and the next owner closes the group", async ({
  world,
}) => {
  const alice = await world.person("Alice");
  const [bob, carol] = [await world.person("Bob"), await world.person("Carol")];
  await sendAll(alice.account, bob.account, ["hello"]);
  await expect(alice.row("Bob")).toBeVisible();

  await alice.page.getByRole("button", { name: "New group" }).click();
  await alice.page.getByLabel("Group name").fill("Lighthouse");
  await alice.page.getByRole("checkbox", { name: "Bob" }).check();
  await alice.page.getByRole("button", { name: "Create group" }).click();
  await alice.page.getByRole("button", { name: "Details" }).click();
  const link = await alice.page.getByLabel("Invitation link").inputValue();
  await alice.page.keyboard.press("Escape");

  await carol.page.goto(link);
  await carol.page.getByRole("button", { name: "Join group" }).click();
  await carol.composer.waitFor();
  await alice.say("welcome");
  await bob.row("Lighthouse").click();
  await expect(bob.message("welcome")).toBeVisible();
  await expect(carol.message("welcome")).toBeVisible();
  await carol.say("thank you");
  await expect(alice.message("thank you")).toContainText("Carol");
  await expect(bob.message("thank you")).toContainText("Carol");
  await expect(alice.page.getByText("3 members")).toBeVisible();

  await alice.page.getByRole("button", { name: "Details" }).click();
  await alice.page.getByRole("button", { name: `Remove ${isolated("Carol")} from the group` }).click();
  await alice.page.getByRole("dialog", { name: "Remove" }).getByRole("button", { name: "Remove" }).click();
  await expect(carol.page.getByText("You are no longer a member of this group.")).toBeVisible();
  await alice.page.getByRole("button", { name: `Make ${isolated("Bob")} the owner` }).click();
  await alice.page
    .getByRole("dialog", { name: "Make owner" })
    .getByRole("button", { name: "Make owner" })
    .click();
  await alice.page.getByRole("button", { name: "Leave group" }).click();
  await alice.page
    .getByRole("dialog", { name: "Leave group" })
    .getByRole("button", { name: "Leave group" })
    .last()
    .click();
  await expect(alice.page.getByText("Choose a conversation")).toBeVisible();

  await bob.page.getByRole("button", { name: "Details" }).click();
  await expect(bob.page.getByText("Owner", { exact: true })).toBeVisible();
  await bob.page.getByRole("button", { name: "Close group" }).click();
  await bob.page
    .getByRole("dialog", { name: "Close group" })
    .getByRole("button", { name: "Close group" })
    .last()
    .click();
  await bob.page.keyboard.press("Escape");
  await expect(bob.page.getByText("This group was closed.").first()).toBeVisible();
});

test("a script in a message, a name or a picture URL does not run", async ({ world }) => {
  const attack = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`;
  const alice = await world.person("Alice");
  const mallory = await world.account("Mallory");
  await mallory.api.updateMe({ nickname: attack, avatar: "javascript:document.title='owned'" });
  await sendAll(mallory, alice.account, [attack, "javascript:alert(1)"]);
  await alice.page.getByRole("navigation").getByRole("link").click();
  await expect(alice.message(attack)).toBeVisible();
  await expect(alice.page.getByRole("heading", { level: 1 })).toHaveText(attack);
  expect(await alice.page.locator("img, script:not([src]), [onerror], a[href^='javascript']").count()).toBe(
    0,
  );
  expect(await alice.page.title()).not.toContain("owned");
});

test("a pinned conversation stays on top, even after a reload, and a muted one is not counted in the title", async ({
  world,
}) => {
  const alice = await world.person("Alice");
  const [bob, carol] = [await world.account("Bob"), await world.account("Carol")];
  await sendAll(bob, alice.account, ["one"]);
  await sendAll(carol, alice.account, ["two"]);
  const first = alice.page.getByRole("navigation").getByRole("link").first();
  await expect(first).toContainText("Carol");
  await expect(alice.page).toHaveTitle("(2) Longwave");

  await alice.row("Bob").click();
  await alice.page.getByRole("button", { name: "Pin" }).click();
  await expect(first).toContainText("Bob");
  await alice.page.getByRole("button", { name: "Mute" }).click();
  await expect(alice.row("Bob").getByRole("img", { name: "Muted" })).toBeVisible();
  await alice.page.goto("/#/");
  await sendAll(bob, alice.account, ["three"]);
  await expect(alice.row("Bob")).toContainText("1 unread");
  await expect(alice.page).toHaveTitle("(1) Longwave");
  await alice.page.reload();
  await expect(first).toContainText("Bob");
  await expect(first.getByRole("img", { name: "Pinned" })).toBeVisible();
});

for (const [how, leave] of [
  ["for another page", (page: Page) => page.evaluate(() => (location.hash = "#/"))],
  ["by closing the tab", (page: Page) => page.close()],
  ["by loading another site", (page: Page) => page.goto("about:blank")],
  ["by switching to another window", (page: Page) => setFocused(page, false)],
  ["by switching to another tab", (page: Page) => setHidden(page, true)],
] as const) {
  test(`a conversation that is left at once ${how} is marked read as far as it was seen`, async ({
    world,
  }) => {
    const account = await world.account("Alice");
    const bob = await world.account("Bob");
    const alice = new Person(account, await world.browser());
    await alice.page.addInitScript(() => {
      // Frames are rare, as on a busy machine, so that the user leaves before the next one.
      const frame = window.requestAnimationFrame.bind(window);
      window.requestAnimationFrame = (callback) => window.setTimeout(() => frame(callback), 500);
    });
    await alice.signIn();
    await sendAll(bob, account, ["one"]);
    await alice.row("Bob").click();
    await expect(alice.message("one")).toBeVisible();
    await leave(alice.page);
    const unread = async () => (await account.api.conversations()).conversations.map((it) => it.unread);
    await expect.poll(unread).toEqual([0]);
  });
}

test("other users see a changed profile", async ({ world }) => {
  const alice = await world.person("Alice");
  const bob = await world.person("Bob");
  await alice.page.getByRole("button", { name: "Your profile" }).click();
  await alice.page.getByLabel("Display name").fill("Alice Liddell");
  await alice.page.getByRole("button", { name: "Save" }).click();
  await expect(
    alice.page.getByRole("button", { name: `Your profile: ${isolated("Alice Liddell")}` }),
  ).toBeVisible();
  await sendAll(alice.account, bob.account, ["it is me"]);
  await expect(bob.row("Alice Liddell")).toBeVisible();
});

test("a profile that is not loaded yet cannot be overwritten", async ({ world }) => {
  const account = await world.account("Alice");
  const alice = new Person(account, await world.browser());
  await alice.page.route(/user\/info/, (route) => route.abort("connectionreset"));
  await alice.signIn();
  await alice.page.getByRole("button", { name: "Your profile" }).click();
  await expect(alice.page.getByRole("button", { name: "Save" })).toBeDisabled();
  await alice.page.unroute(/user\/info/);
  await expect(alice.page.getByLabel("Display name")).toHaveValue("Alice", { timeout: 30_000 });
  await expect(alice.page.getByRole("button", { name: "Save" })).toBeEnabled();
});

test("a profile that changes elsewhere leaves what the user has typed", async ({ world }) => {
  const alice = await world.person("Alice");
  await alice.page.getByRole("button", { name: "Your profile" }).click();
  const name = alice.page.getByLabel("Display name");
  await expect(name).toHaveValue("Alice");
  await name.fill("half a na");
  await alice.account.api.updateMe({ nickname: "Alicia", avatar: "https://example.com/alicia" });
  await expect(alice.page.getByLabel("Picture URL")).toHaveValue("https://example.com/alicia");
  await expect(name).toHaveValue("half a na");
});

test("a mangled link opens no conversation", async ({ world }) => {
  const alice = await world.person("Alice");
  await alice.page.goto("/#/user/abc");
  await expect(alice.page.getByText("Choose a conversation")).toBeVisible();
});

test("the details of a group report unreadable members, and close when another group is opened", async ({
  world,
}) => {
  const alice = await world.person("Alice");
  const [walk, tea] = [
    await alice.account.api.createGroup({ name: "Walk", member_ids: [] }),
    await alice.account.api.createGroup({ name: "Tea", member_ids: [] }),
  ];
  await alice.page.route(/group\/members/, (route) =>
    route.fulfill({
      status: 429,
      headers: { "retry-after": "3" },
      json: { code: 10601, message: "", data: {} },
    }),
  );
  await alice.openGroup(walk.group_id);
  await alice.page.getByRole("button", { name: "Details" }).click();
  await expect(alice.page.getByRole("alert")).toHaveText("Too many attempts. Try again in 3 s.");
  await alice.page.unroute(/group\/members/);
  await alice.page.getByRole("button", { name: "Try again" }).click();
  await expect(alice.page.getByRole("listitem")).toHaveText(/Alice \(You\)/);
  await expect(alice.page.getByRole("alert")).toHaveCount(0);
  await alice.openGroup(tea.group_id);
  await expect(alice.page.getByRole("heading", { level: 1, name: "Tea" })).toBeVisible();
  await expect(alice.page.getByRole("dialog")).toHaveCount(0);
  await alice.page.goBack();
  await expect(alice.page.getByRole("heading", { level: 1, name: "Walk" })).toBeVisible();
  await expect(alice.page.getByRole("dialog")).toHaveCount(0);
});

test("the details of a group open before the group is loaded, and report why it cannot be", async ({
  world,
}) => {
  const alice = await world.person("Alice");
  let load: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (load = resolve));
  await alice.page.route(/group\/info/, async (route) => {
    await released;
    await route.continue();
  });
  const { group_id } = await alice.account.api.createGroup({ name: "Walk", member_ids: [] });
  await alice.openGroup(group_id);
  const dialog = alice.page.getByRole("dialog");
  await alice.page.getByRole("button", { name: "Details" }).click();
  await expect(dialog).toContainText("Loading…");
  load();
  await expect(dialog).toContainText("1 member");

  await alice.page.unroute(/group\/info/);
  const refused = { status: 403, json: { code: 10003, message: "", data: {} } };
  await alice.page.route(/group\/(info|members)/, (route) => route.fulfill(refused));
  await alice.page.reload();
  await alice.page.getByRole("button", { name: "Details" }).click();
  await expect(dialog.getByRole("alert")).toHaveText("You are not allowed to do that.");
});

test("the end of a group that was missed without a network is shown once it is back", async ({ world }) => {
  const alice = await world.person("Alice");
  const bob = await world.account("Bob");
  const { group_id } = await bob.api.createGroup({ name: "Walk", member_ids: [alice.account.userId] });
  // The group's state can only be read after the network was lost.
  await alice.page.route(/group\/info/, (route) => route.abort("connectionreset"));
  await bob.api.dismissGroup(group_id);
  await alice.openGroup(group_id);
  await expect(alice.composer).toBeVisible();
  await alice.page.context().setOffline(true);
  await expect(alice.page.getByText("No network").first()).toBeVisible();
  await alice.page.unroute(/group\/info/);
  await alice.page.context().setOffline(false);
  await expect(alice.page.getByText("This group was closed.").first()).toBeVisible();
});

test("an older answer about a group does not replace a newer one", async ({ world }) => {
  const alice = await world.person("Alice");
  const bob = await world.account("Bob");
  const { group_id } = await bob.api.createGroup({ name: "Walk", member_ids: [alice.account.userId] });
  await expect(alice.row("Walk")).toBeVisible();
  let answer: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (answer = resolve));
  let isDismissed = false;
  const held: Promise<void>[] = [];
  await alice.page.route(/group\/info/, async (route) => {
    const response = await route.fetch();
    if (isDismissed) {
      await route.fulfill({ response });
      return;
    }
    const answered = released.then(() => route.fulfill({ response }));
    held.push(answered);
    await answered;
  });
  await alice.openGroup(group_id);
  await expect.poll(() => held.length).toBeGreaterThan(0);
  isDismissed = true;
  await bob.api.dismissGroup(group_id);
  await expect(alice.page.getByText("This group was closed.").first()).toBeVisible();
  answer();
  await Promise.all(held);
  await alice.page.waitForTimeout(300);
  await expect(alice.page.getByText("This group was closed.").first()).toBeVisible();
  await expect(alice.composer).toHaveCount(0);
});

test("a click outside a dialog closes it, and a drag that ends there does not", async ({ world }) => {
  const alice = await world.person("Alice");
  await alice.page.getByRole("button", { name: "New group" }).click();
  const name = alice.page.getByLabel("Group name");
  await name.fill("half a name");
  await name.hover();
  await alice.page.mouse.down();
  await alice.page.mouse.move(10, 300);
  await alice.page.mouse.up();
  await expect(name).toHaveValue("half a name");
  await alice.page.mouse.click(10, 300);
  await expect(alice.page.getByRole("dialog")).toHaveCount(0);
});

test("a refused option shows the reason", async ({ world }) => {
  const alice = await world.person("Alice", { viewport: { width: 360, height: 640 } });
  const bob = await world.account("Bob");
  await sendAll(bob, alice.account, ["one"]);
  await alice.row("Bob").click();
  await alice.page.route(/conversation\/opt/, (route) =>
    route.fulfill({
      status: 429,
      headers: { "retry-after": "3" },
      json: { code: 10601, message: "", data: {} },
    }),
  );
  await alice.page.getByRole("button", { name: "Pin" }).click();
  await expect(alice.page.getByRole("alert")).toHaveText("Too many attempts. Try again in 3 s.");
  await expect(alice.page.getByRole("alert")).toBeInViewport({ ratio: 1 });
  await keep(alice.page, "option-refused");
});

test("today becomes yesterday at midnight", async ({ world }) => {
  const account = await world.account("Alice");
  const alice = new Person(account, await world.browser());
  await alice.page.clock.install();
  await alice.signIn();
  await sendAll(await world.account("Bob"), account, ["good night"]);
  await alice.row("Bob").click();
  await expect(alice.page.getByText("Today")).toBeVisible();
  await alice.page.clock.fastForward("24:00:00");
  await expect(alice.feed.getByText("Yesterday")).toBeVisible();
  await expect(alice.row("Bob")).toContainText("Yesterday");
});

test("a message that is too long is not sent, and a draft stays with its conversation", async ({ world }) => {
  const alice = await world.person("Alice");
  const [bob, carol] = [await world.account("Bob"), await world.account("Carol")];
  await alice.open(bob);
  await alice.composer.fill("界".repeat(3000));
  await expect(alice.page.getByText("Too long by 819 bytes")).toBeVisible();
  await expect(alice.page.getByRole("button", { name: "Send" })).toBeDisabled();
  await alice.composer.fill("half a thought");
  await alice.open(carol);
  await expect(alice.composer).toHaveValue("");
  await alice.open(bob);
  await expect(alice.composer).toHaveValue("half a thought");
});
