import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { text } from "@longwave/client";
import { expect, isolated, keep, Person, sendAll, test, type World } from "./world.ts";

/** Asserts that axe finds no serious violation on a page, and keeps a screenshot. */
async function check(page: Page, name: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  expect(
    serious.map(({ id, nodes }) => `${name}: ${id} at ${nodes.map((node) => node.html).join(" ")}`),
  ).toEqual([]);
  await keep(page, name);
}

/** A user with two conversations and an open group. */
async function busy(world: World, options: Parameters<World["person"]>[1]): Promise<Person> {
  const alice = await world.person("Alice", options);
  const [ben, carol, dora] = [
    await world.account("Ben Okafor"),
    await world.account("王小明"),
    await world.account("Dora"),
  ];
  await sendAll(dora, alice.account, ["The slides are in the usual place."]);
  await sendAll(carol, alice.account, ["明天见！", "记得带上钥匙。"]);
  const group = await alice.account.api.createGroup({
    name: "Harbour walk",
    introduction: "Sundays at nine, whatever the weather.",
    member_ids: [ben.userId, carol.userId, dora.userId],
  });
  const lines: [Person["account"], string][] = [
    [ben, "Morning! Is the harbour walk still on for Sunday?"],
    [alice.account, "Yes, nine o'clock at the old lighthouse."],
    [alice.account, "Bring something warm, they say it will be windy."],
    [carol, "太好了，我会带茶。"],
    [
      dora,
      "I will be ten minutes late. Please do not wait for me, I know the way along the pier and will catch up.",
    ],
    [ben, "No worries. We will start slowly."],
  ];
  for (const [n, [who, said]] of lines.entries()) {
    const message = { client_msg_id: `walk-${n}`, ...text(said), group_id: group.group_id };
    await who.api.send({ ...message, session_type: 2 });
  }
  await alice.row("Harbour walk").click();
  await expect(alice.message("No worries. We will start slowly.")).toBeVisible();
  // A narrow screen does not show the whole group: it opens at the first message.
  await alice.feed.hover();
  await alice.page.mouse.wheel(0, 3000);
  // The messages of the group are read; the three of the other conversations are not.
  await expect(alice.page).toHaveTitle("(3) Longwave");
  return alice;
}

for (const colorScheme of ["light", "dark"] as const) {
  test(`axe finds no serious violation on any screen in the ${colorScheme} theme`, async ({ world }) => {
    test.setTimeout(180_000);
    const front = await world.browser({ colorScheme });
    await front.goto("/");
    await check(front, `${colorScheme}-sign-in`);
    await front.getByRole("button", { name: "New here?" }).click();
    await check(front, `${colorScheme}-register`);

    const alice = await busy(world, { colorScheme });
    const { page } = alice;
    await check(page, `${colorScheme}-group`);
    for (const [button, dialog] of [
      ["Details", "Harbour walk"],
      ["Your profile", "Your profile"],
      ["New chat", "New chat"],
      ["New group", "New group"],
    ] as const) {
      await page.getByRole("button", { name: button }).click();
      await expect(page.getByRole("dialog", { name: dialog })).toBeVisible();
      if (button === "Details") {
        await expect(page.getByRole("listitem")).toHaveCount(4);
        await page.getByRole("button", { name: `Remove ${isolated("Dora")} from the group` }).click();
        await check(page, `${colorScheme}-confirm`);
        await page.getByRole("dialog", { name: "Remove" }).getByRole("button", { name: "Cancel" }).click();
      }
      await check(page, `${colorScheme}-${dialog.toLowerCase().replace(" ", "-")}`);
      await page.keyboard.press("Escape");
      await expect(page.getByRole("dialog")).toHaveCount(0);
      await expect(page.getByRole("button", { name: button })).toBeFocused();
    }
    await page.goto("/#/");
    await check(page, `${colorScheme}-home`);
    await page.goto("/#/join/aaaaaaaaaaaaaaaa");
    await check(page, `${colorScheme}-join`);
    await new Person(alice.account, await world.browser()).signIn();
    await expect(page.getByRole("button", { name: "Sign in again" })).toBeVisible();
    await check(page, `${colorScheme}-ended`);
  });
}

test("a narrow screen shows the list or a conversation, always the connection, and never scrolls sideways", async ({
  world,
}) => {
  const alice = await busy(world, {
    viewport: { width: 360, height: 640 },
    colorScheme: "dark",
    hasTouch: true,
  });
  const { page } = alice;
  const fits = async () => {
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(
      0,
    );
    await expect(page.getByText("Connected").filter({ visible: true })).toHaveCount(1);
  };
  await expect(page.getByRole("navigation")).toBeHidden();
  await fits();
  await check(page, "narrow-group");
  await page.getByRole("link", { name: "Back to conversations" }).click();
  await expect(alice.feed).toBeHidden();
  await fits();
  await check(page, "narrow-home");
  await page.getByRole("button", { name: "Your profile" }).click();
  await fits();
  await check(page, "narrow-profile");
});

test("a user can sign in, choose a conversation and write with the keyboard alone", async ({ world }) => {
  const account = await world.account("Alice");
  const [bob, carol] = [await world.account("Bob"), await world.account("Carol")];
  await sendAll(bob, account, ["one"]);
  await sendAll(carol, account, ["two"]);
  const page = await world.browser();
  await page.goto("/");
  await expect(page.getByLabel("Username")).toBeFocused();
  await page.keyboard.type(account.username);
  await page.keyboard.press("Tab");
  await page.keyboard.type("battery staple");
  await page.keyboard.press("Enter");
  await page.getByRole("link", { name: /Carol/ }).waitFor();

  const focused = page.locator(":focus");
  for (let n = 0; n < 4; n++) await page.keyboard.press("Tab");
  await expect(focused).toContainText("Carol");
  await page.keyboard.press("ArrowDown");
  await expect(focused).toContainText("Bob");
  await page.keyboard.press("Enter");
  await expect(focused).toHaveAttribute("aria-label", "Message");
  await page.keyboard.type("first line");
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("second line");
  await page.keyboard.press("Enter");
  const alice = new Person(account, page);
  await expect(page.getByRole("article").last()).toContainText("first line\nsecond line");
  await expect.poll(() => alice.texts()).toEqual(["one", "first line\nsecond line"]);
  await page.keyboard.press("Shift+Tab");
  await expect(focused).toHaveRole("feed");
});

test("the focus stays where the user acts while an action runs", async ({ world }) => {
  const account = await world.account("Alice");
  const bob = await world.account("Bob");
  await sendAll(bob, account, ["one"]);
  const alice = new Person(account, await world.browser());
  const { page } = alice;
  const button = (name: string) => page.getByRole("button", { name, exact: true });
  await page.goto("/");
  await page.getByLabel("Username").fill(account.username);
  await page.getByLabel("Password").fill("something else");
  await button("Sign in").click();
  await expect(page.getByRole("alert")).toHaveText("Wrong username or password.");
  await expect(button("Sign in")).toBeFocused();
  await alice.fillIn();

  await alice.row("Bob").click();
  await alice.composer.fill("two");
  await button("Send").click();
  await expect(alice.message("two")).toBeVisible();
  await expect(alice.composer).toBeFocused();
  await button("Pin").click();
  await expect(button("Pin")).toHaveAttribute("aria-pressed", "true");
  await expect(button("Pin")).toBeFocused();

  await page.goto("/#/join/aaaaaaaaaaaaaaaa");
  await button("Join group").click();
  await expect(page.getByRole("alert")).toBeVisible();
  await expect(button("Join group")).toBeFocused();
});

test("an Enter that confirms a character of an input method does not send the message", async ({ world }) => {
  const alice = await world.person("Alice");
  await alice.open(await world.account("Bob"));
  await alice.composer.fill("ni hao");
  await alice.composer.dispatchEvent("keydown", { key: "Enter", isComposing: true });
  // The event as Safari reports it.
  await alice.composer.dispatchEvent("keydown", { key: "Enter", keyCode: 229 });
  await expect(alice.composer).toHaveValue("ni hao");
  await expect(alice.page.getByRole("article")).toHaveCount(0);
});

test("a new message is read out, and scrolling the list is not", async ({ world }) => {
  const alice = await world.person("Alice");
  const bob = await world.account("Bob");
  await alice.open(bob);
  await sendAll(bob, alice.account, ["hear me"]);
  await expect(
    alice.page
      .locator("[aria-live=polite]")
      .filter({ hasText: `${isolated("Bob")}: ${isolated("hear me")}` }),
  ).toHaveCount(1);
  await expect(alice.feed).not.toHaveAttribute("aria-live", /./);
});

test("a repeated text is read out again, and a refused message is read out once", async ({ world }) => {
  const alice = await world.person("Alice");
  const bob = await world.account("Bob");
  await alice.open(bob);
  const live = alice.page.locator("[aria-live=polite]");
  await live.evaluate((live) => {
    const added = (change: MutationRecord) => [...change.addedNodes].map((node) => node.textContent);
    new MutationObserver((changes) => {
      live.setAttribute("data-read", (live.getAttribute("data-read") ?? "") + changes.flatMap(added).join());
    }).observe(live, { childList: true, subtree: true });
  });
  const again = `${isolated("Bob")}: ${isolated("again")}`;
  await sendAll(bob, alice.account, ["again"]);
  await expect(live).toHaveAttribute("data-read", again);
  await sendAll(bob, alice.account, ["again"]);
  await expect(live).toHaveAttribute("data-read", again + again);
  const refused = { status: 403, json: { code: 10204, message: "a fault of the test", data: {} } };
  await alice.page.route(/message\/send/, (route) => route.fulfill(refused));
  await alice.say("please");
  await expect(live).toHaveAttribute(
    "data-read",
    /Not sent.: .please.\. This person does not accept messages/,
  );
  await expect(alice.page.getByRole("alert")).toHaveCount(0);
});

test("a Chinese browser shows the page in Chinese", async ({ world }) => {
  const page = await world.browser({ locale: "zh-CN" });
  await page.goto("/");
  await expect(page.locator("html")).toHaveAttribute("lang", "zh");
  const { username } = await world.account("王小明");
  await page.getByLabel("用户名").fill(username);
  await page.getByLabel("密码").fill("battery staple");
  await page.getByRole("button", { name: "登录", exact: true }).click();
  await expect(page.getByText("已连接").first()).toBeVisible();
  await expect(page.getByText("还没有会话")).toBeVisible();
  await keep(page, "chinese");
});
