import { randomBytes } from "node:crypto";
import { conversationBetween, LongwaveError, text } from "@longwave/client";
import { expect, keep, Person, sendAll, setHidden, test, type Account } from "./world.ts";

/** Fills a conversation with several sends at a time, so in no certain order. */
async function fill(from: Account, to: Account, count: number): Promise<void> {
  const id = randomBytes(4).toString("hex");
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const n = next++;
      const said = `message ${n} ${"and some more words ".repeat(n % 7)}`.trim();
      const message = { client_msg_id: `${id}-${n}`, ...text(said), recv_id: to.userId };
      // A busy server may answer after the deadline of the call: a repeated send is stored once.
      while (!(await isStored(from.api.send({ ...message, session_type: 1 }))));
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
}

async function isStored(sent: Promise<unknown>): Promise<boolean> {
  try {
    await sent;
    return true;
  } catch (error) {
    if (error instanceof LongwaveError && error.isTemporary) return false;
    throw error;
  }
}

/** The position of a message on the screen, in pixels from the top. */
async function heightOf(person: Person, said: string): Promise<number> {
  return (await person.message(said).boundingBox())?.y ?? NaN;
}

/** Writes a message that is refused, and so stays at the end of the open conversation. */
async function fail(person: Person): Promise<void> {
  const refused = { status: 403, json: { code: 10204, message: "a fault of the test", data: {} } };
  await person.page.route(/message\/send/, (route) => route.fulfill(refused));
  await person.say("refused");
  await expect(person.page.getByText("Not sent.")).toBeVisible();
}

test("scrolling up loads older messages without moving the shown ones", async ({ world }) => {
  const alice = await world.person("Alice");
  const bob = await world.account("Bob");
  const all = Array.from({ length: 180 }, (_, n) => `message ${n}`);
  await sendAll(bob, alice.account, all);
  await alice.account.api.read(conversationBetween(alice.account.userId, bob.userId), 180);
  await alice.page.goto("about:blank");
  // Older messages arrive after the scrolling, as on a slow network.
  await alice.page.route(/message\/pull/, async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 500));
    await route.continue();
  });
  await alice.page.goto("/");
  await alice.row("Bob").click();
  await expect(alice.message("message 179")).toBeVisible();

  const first = alice.message("message 0");
  await alice.feed.hover();
  while (!(await first.isVisible())) {
    await alice.page.mouse.wheel(0, -3000);
    if (await alice.page.getByText("Loading earlier messages…").isVisible()) {
      const [topmost] = await alice.texts();
      const before = await heightOf(alice, topmost!);
      await expect(alice.page.getByText("Loading earlier messages…")).toHaveCount(0);
      expect(Math.abs((await heightOf(alice, topmost!)) - before)).toBeLessThan(2);
    }
    const shown = await alice.texts();
    const start = all.indexOf(shown[0]!);
    expect(shown).toEqual(all.slice(start, start + shown.length));
  }
  await expect(alice.page.getByText("This is where the conversation begins")).toBeVisible();
  await expect(alice.page.getByText("Today")).toHaveCount(1);

  await alice.page.getByRole("button", { name: "Jump to the newest message" }).click();
  await expect(alice.message("message 179")).toBeInViewport();
});

test("the page follows new messages at the end, but not while the user reads older ones", async ({
  world,
}) => {
  const alice = await world.person("Alice");
  const bob = await world.account("Bob");
  await fill(bob, alice.account, 60);
  await alice.row("Bob").click();
  // The new messages exceed the screen: it opens at the first, and only visible ones are marked read.
  await expect(alice.page.getByText("New messages")).toBeInViewport();
  await expect(alice.row("Bob")).toContainText(/[1-5]\d unread/);
  await alice.page.getByRole("button", { name: "Jump to the newest message" }).click();
  await expect(alice.row("Bob")).not.toContainText("unread");
  await sendAll(bob, alice.account, ["follow me"]);
  await expect(alice.message("follow me")).toBeInViewport();
  await alice.feed.hover();
  await alice.page.mouse.wheel(0, -600);
  await expect(alice.message("follow me")).not.toBeInViewport();
  await sendAll(bob, alice.account, ["later"]);
  await expect(alice.row("Bob")).toContainText("1 unread");
  const toEnd = alice.page.getByRole("button", { name: "Jump to the newest message, 1 unread message" });
  await expect(toEnd).toHaveText("1");
  await toEnd.click();
  await expect(alice.message("later")).toBeInViewport();
  await expect(alice.row("Bob")).not.toContainText("unread");
});

test("the page stays at the end when rows above it shrink just before a message arrives", async ({
  world,
}) => {
  const alice = await world.person("Alice");
  const bob = await world.account("Bob");
  await fill(bob, alice.account, 60);
  await alice.row("Bob").click();
  await alice.page.getByRole("button", { name: "Jump to the newest message" }).click();
  await expect(alice.row("Bob")).not.toContainText("unread");
  const fromEnd = () =>
    alice.feed.evaluate(
      ({ scrollHeight, clientHeight, scrollTop }) => scrollHeight - clientHeight - scrollTop,
    );
  await expect.poll(fromEnd).toBe(0);
  // The list shrinks and grows within a frame, as when sizes become known, and so moves the screen.
  const moved = await alice.feed.evaluate((feed) => {
    const before = feed.scrollTop;
    const list = feed.querySelector<HTMLElement>("[style*=contain]")!;
    const { height } = list.style;
    list.style.overflow = "clip";
    list.style.height = `${parseFloat(height) - 73}px`;
    const moved = before - feed.scrollTop;
    list.style.height = `${parseFloat(height) - 5}px`;
    return moved;
  });
  expect(moved).toBeGreaterThan(48);
  await expect.poll(fromEnd).toBe(0);
  await sendAll(bob, alice.account, ["follow me"]);
  await expect(alice.message("follow me")).toBeInViewport();
});

test("missed messages are new and unread when the page opens on their conversation", async ({ world }) => {
  const alice = await world.person("Alice");
  const bob = await world.account("Bob");
  await sendAll(bob, alice.account, ["seen"]);
  await alice.row("Bob").click();
  await expect(alice.row("Bob")).not.toContainText("unread");
  const address = alice.page.url();
  await alice.page.goto("about:blank");
  await fill(bob, alice.account, 60);
  await alice.page.goto(address);
  await expect(alice.page.getByText("New messages")).toBeInViewport();
  await expect(alice.row("Bob")).toContainText(/[1-5]\d unread/);
});

test("a conversation opens at the first of a few long new messages", async ({ world }) => {
  const alice = await world.person("Alice");
  const bob = await world.account("Bob");
  await fill(bob, alice.account, 35);
  await alice.account.api.read(conversationBetween(alice.account.userId, bob.userId), 35);
  const long = Array.from({ length: 14 }, (_, n) => `${n} ${"and some more words ".repeat(40)}`);
  await sendAll(bob, alice.account, long);
  await expect(alice.row("Bob")).toContainText("14 unread");
  await alice.row("Bob").click();
  await expect(alice.page.getByText("New messages")).toBeInViewport();
  await expect(alice.row("Bob")).toContainText(/(1\d|\d) unread/);
  await alice.page.waitForTimeout(500);
  await expect(alice.page.getByText("New messages")).toBeInViewport();
  await expect(alice.row("Bob")).toContainText(/(1\d|\d) unread/);
});

test("a refused message does not hide the beginning of the new ones", async ({ world }) => {
  const alice = await world.person("Alice");
  const bob = await world.account("Bob");
  await alice.open(bob);
  await fail(alice);
  await alice.page.goto("about:blank");
  await fill(bob, alice.account, 40);
  await alice.page.goto("/");
  await expect(alice.row("Bob")).toContainText("40 unread");
  await alice.row("Bob").click();
  await expect(alice.page.getByText("New messages")).toBeInViewport();
  await expect(alice.row("Bob")).toContainText(/[1-3]\d unread/);
});

test("the shown messages stay in place when a message arrives before a refused one", async ({ world }) => {
  const alice = await world.person("Alice");
  const bob = await world.account("Bob");
  await fill(bob, alice.account, 45);
  await alice.account.api.read(conversationBetween(alice.account.userId, bob.userId), 45);
  await alice.row("Bob").click();
  await fail(alice);
  await alice.feed.hover();
  await alice.page.mouse.wheel(0, -600);
  await expect(alice.message("refused")).not.toBeInViewport();
  const shown = await alice.texts();
  const looked = shown[Math.floor(shown.length / 2)]!;
  const before = await heightOf(alice, looked);
  await sendAll(bob, alice.account, ["later"]);
  await expect(alice.row("Bob")).toContainText("1 unread");
  await alice.page.waitForTimeout(300);
  expect(Math.abs((await heightOf(alice, looked)) - before)).toBeLessThan(2);
});

test("stored messages are shown without a network", async ({ world }) => {
  const account = await world.account("Alice");
  const bob = await world.account("Bob");
  await fill(bob, account, 70);
  const alice = new Person(account, await world.browser());
  await alice.signIn();
  let pulls = 0;
  await alice.page.route(/message\/pull/, (route) => {
    pulls += 1;
    return pulls === 1 ? route.continue() : route.abort("connectionreset");
  });
  await alice.row("Bob").click();
  await expect.poll(() => pulls).toBeGreaterThan(1);
  await alice.page.goto("about:blank");
  await alice.page.route(/api\/v1/, (route) => route.abort("connectionreset"));
  await alice.page.goto("/");
  // Names are not stored.
  await alice.page.getByRole("navigation").getByRole("link").click();
  await expect(alice.page.getByText("No connection").first()).toBeVisible();
  await expect(alice.page.getByRole("article").first()).toBeVisible();
});

test("messages that arrive while the page is hidden are marked as new", async ({ world }) => {
  const alice = await world.person("Alice");
  const bob = await world.account("Bob");
  await fill(bob, alice.account, 20);
  await alice.row("Bob").click();
  await alice.page.getByRole("button", { name: "Jump to the newest message" }).click();
  await expect(alice.row("Bob")).not.toContainText("unread");
  await setHidden(alice.page, true);
  await fill(bob, alice.account, 30);
  await expect(alice.row("Bob")).toContainText("30 unread");
  await setHidden(alice.page, false);
  await alice.page.waitForTimeout(500);
  await expect(alice.row("Bob")).toContainText(/(2\d|30) unread/);
  await alice.feed.hover();
  await alice.page.mouse.wheel(0, 200);
  await expect(alice.page.getByText("New messages")).toBeInViewport();
  await expect(alice.page.getByText("New messages")).toHaveCount(1);
});

test("a refused load of older messages can be retried", async ({ world }) => {
  const account = await world.account("Alice");
  const bob = await world.account("Bob");
  await sendAll(bob, account, ["hello"]);
  const alice = new Person(account, await world.browser());
  const refused = { status: 403, json: { code: 10006, message: "a fault of the test", data: {} } };
  await alice.page.route(/message\/pull/, (route) => route.fulfill(refused));
  await alice.signIn();
  await alice.row("Bob").click();
  await expect(alice.page.getByRole("alert")).toContainText("You are not part of this conversation.");
  await alice.page.unroute(/message\/pull/);
  await alice.page.getByRole("button", { name: "Try again" }).click();
  await expect(alice.message("hello")).toBeVisible();
  await expect(alice.page.getByRole("alert")).toHaveCount(0);
});

test("10,000 messages scroll without gaps, with fewer than 100 in the page", async ({ world }) => {
  test.setTimeout(900_000);
  const alice = await world.person("Alice");
  const bob = await world.account("Bob");
  await fill(bob, alice.account, 10_000);
  await alice.row("Bob").click();
  await alice.feed.waitFor();

  const started = Date.now();
  const most = await alice.feed.evaluate(async (feed) => {
    let most = 0;
    const until = performance.now() + 300_000;
    while (!feed.textContent.includes("begins") && performance.now() < until) {
      feed.scrollTop = 0;
      await new Promise(requestAnimationFrame);
      most = Math.max(most, feed.querySelectorAll("article").length);
    }
    return most;
  });
  console.log(`10,000 messages read in ${Date.now() - started} ms; at most ${most} in the page at a time`);
  expect(most).toBeLessThan(100);

  // Scrolls down and up through the loaded messages, and counts the frames without a message.
  const frames = await alice.feed.evaluate(async (feed) => {
    const times: number[] = [];
    let blank = 0;
    for (let n = 0; n < 240; n++) {
      // A user pauses before scrolling the other way.
      if (n % 120 === 0) await new Promise((resolve) => setTimeout(resolve, 300));
      feed.scrollTop += n < 120 ? 400 : -400;
      const began = performance.now();
      await new Promise(requestAnimationFrame);
      times.push(performance.now() - began);
      const { top, bottom } = feed.getBoundingClientRect();
      const middle = (top + bottom) / 2;
      const rows = [...feed.querySelectorAll(".message-row")].map((row) => row.getBoundingClientRect());
      if (!rows.some((row) => row.top <= middle && row.bottom >= middle)) blank += 1;
    }
    times.sort((a, b) => a - b);
    return { median: times[120]!, p95: times[228]!, worst: times[239]!, blank };
  });
  console.log(`a frame while scrolling takes, in ms: ${JSON.stringify(frames)}`);
  expect(frames.blank).toBeLessThan(12);
  await alice.page.keyboard.press("End");
  await keep(alice.page, "ten-thousand");
});
