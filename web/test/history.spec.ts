import { randomBytes } from "node:crypto";
import { conversationBetween, LongwaveError, text } from "@longwave/client";
import { expect, keep, sendAll, test, type Account, type Person } from "./world.ts";

/** Fills a conversation, many at a time: the order is not looked at. */
async function fill(from: Account, to: Account, count: number): Promise<void> {
  const id = randomBytes(4).toString("hex");
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const n = next++;
      const said = `message ${n} ${"and some more words ".repeat(n % 7)}`.trim();
      const message = { client_msg_id: `${id}-${n}`, ...text(said), recv_id: to.userId };
      // A server that is busy may take longer than a call waits: the same again is stored once.
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

/** Where a message stands on the screen, in pixels from the top. */
async function heightOf(person: Person, said: string): Promise<number> {
  return (await person.message(said).boundingBox())?.y ?? NaN;
}

test("history is loaded as one scrolls up, and what is looked at stays where it is", async ({ world }) => {
  const alice = await world.person("Alice");
  const bob = await world.account("Bob");
  const all = Array.from({ length: 180 }, (_, n) => `message ${n}`);
  await sendAll(bob, alice.account, all);
  await alice.account.api.read(conversationBetween(alice.account.userId, bob.userId), 180);
  await alice.page.goto("about:blank");
  // A page that arrives after the scrolling, as on a slow network.
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

  await alice.page.getByRole("button", { name: "To the newest message" }).click();
  await expect(alice.message("message 179")).toBeInViewport();
});

test("the page follows new messages at the end, and not while one reads above", async ({ world }) => {
  const alice = await world.person("Alice");
  const bob = await world.account("Bob");
  await fill(bob, alice.account, 60);
  await alice.row("Bob").click();
  // More than a page is new: it opens where that begins, and is read as far as it is seen.
  await expect(alice.page.getByText("New messages")).toBeInViewport();
  await expect(alice.row("Bob")).toContainText(/[1-5]\d unread/);
  await alice.page.getByRole("button", { name: "To the newest message" }).click();
  await expect(alice.row("Bob")).not.toContainText("unread");
  await sendAll(bob, alice.account, ["follow me"]);
  await expect(alice.message("follow me")).toBeInViewport();
  await alice.feed.hover();
  await alice.page.mouse.wheel(0, -600);
  await expect(alice.message("follow me")).not.toBeInViewport();
  await sendAll(bob, alice.account, ["later"]);
  await expect(alice.row("Bob")).toContainText("1 unread");
  await expect(alice.page.getByRole("button", { name: "To the newest message" })).toHaveText("1");
  await alice.page.getByRole("button", { name: "To the newest message" }).click();
  await expect(alice.message("later")).toBeInViewport();
  await expect(alice.row("Bob")).not.toContainText("unread");
});

test("10,000 messages are in a page that holds a few dozen, and scrolls without gaps", async ({ world }) => {
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

  // Up and down through all that is loaded: at no frame is there nothing to see.
  const frames = await alice.feed.evaluate(async (feed) => {
    const times: number[] = [];
    let blank = 0;
    for (let n = 0; n < 240; n++) {
      // As a hand does that turns round.
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
