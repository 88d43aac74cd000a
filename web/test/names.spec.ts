import type { Locator, Page } from "@playwright/test";
import { expect, isolated, keep, Person, sendAll, test } from "./world.ts";

/** A name that reverses the text after it, and one that begins with the end of an isolation. */
const [TURNING, ESCAPING] = ["Evil\u202E?puorg siht morf", "\u2069\u2069\u202Eliame"];
/** The two names as the page shows them. */
const [TURNED, ESCAPED] = ["Evil?puorg siht morf", "liame"];

/** The characters that change the direction of text, except those with which the page isolates names. */
const TURNS = /[\u061C\u200E\u200F\u202A-\u202E\u2066\u2067]/;

/**
 * Counts the texts and labels of a page that contain a name. Each must isolate it, by characters or as the
 * whole content of an element: `bare` has those that do not.
 */
async function look(page: Page): Promise<{ bare: string[]; seen: number }> {
  const found = await page.evaluate(() => {
    const texts: { text: string; alone: boolean }[] = [{ text: document.title, alone: false }];
    const nodes = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (nodes.nextNode()) {
      const element = nodes.currentNode.parentElement!;
      // A message or an introduction is a separate paragraph.
      if (element.matches("p[dir=auto]")) continue;
      texts.push({ text: nodes.currentNode.textContent ?? "", alone: element.matches("bdi") });
    }
    for (const element of document.querySelectorAll("*")) {
      for (const name of ["aria-label", "title", "placeholder", "alt"]) {
        const text = element.getAttribute(name);
        if (text) texts.push({ text, alone: false });
      }
    }
    return texts;
  });
  const bare: string[] = [];
  let seen = 0;
  for (const { text, alone } of found) {
    if (TURNS.test(text)) bare.push(text);
    for (const name of [TURNED, ESCAPED]) {
      if (!text.includes(name)) continue;
      seen += 1;
      const isIsolated = (alone && text === name) || !text.replaceAll(isolated(name), "").includes(name);
      if (!isIsolated) bare.push(text);
    }
  }
  return { bare, seen };
}

/** The positions of the first and the last character of a text on the screen, in pixels from the left. */
async function ends(locator: Locator): Promise<number[]> {
  return await locator.evaluate((element) => {
    const node = element.firstChild!;
    return [0, node.textContent!.length - 1].map((at) => {
      const range = document.createRange();
      range.setStart(node, at);
      range.setEnd(node, at + 1);
      return range.getBoundingClientRect().left;
    });
  });
}

test("a name with direction characters reverses no sentence, label or title around it", async ({ world }) => {
  const account = await world.account("Alice");
  const evil = await world.person("Mallory");
  await evil.account.api.updateMe({ nickname: TURNING });
  await account.api.updateMe({ nickname: ESCAPING });
  const group = await account.api.createGroup({
    name: ESCAPING,
    introduction: `introduced\u202E by ${TURNING}`,
    member_ids: [evil.account.userId],
  });
  const alice = new Person(account, await world.browser());
  const { page } = alice;
  const holds = async (places: number) => {
    await expect.poll(async () => (await look(page)).seen).toBeGreaterThanOrEqual(places);
    expect((await look(page)).bare).toEqual([]);
  };
  await alice.signIn();
  await sendAll(evil.account, account, [`a text\u202E that turns`]);
  await alice.row(TURNED).click();
  await expect(page.getByRole("article")).toHaveCount(1);
  await evil.page.evaluate((id) => (location.hash = `#/user/${id}`), account.userId);
  await evil.composer.pressSequentially("hello");
  // The user's name and its label, the row, heading, pane, composer and article, and two typing notices.
  await expect(page.getByText(`${isolated(TURNED)} is typing…`)).toHaveCount(2);
  await holds(9);
  await evil.composer.press("Enter");
  const said = `${isolated(TURNED)}: ${isolated("hello")}`;
  await expect(page.locator("[aria-live=polite]")).toContainText(said);
  await holds(8);

  await evil.openGroup(group.group_id);
  await evil.say("hello group");
  await page.evaluate((id) => (location.hash = `#/group/${id}`), group.group_id);
  await expect(alice.message("hello group")).toBeVisible();
  // Also the sender above a message, and before the last message in the list.
  await expect(alice.row(ESCAPED)).toContainText(`${isolated(TURNED)}: ${isolated("hello group")}`);
  await holds(9);

  await page.getByRole("button", { name: "Details" }).click();
  await expect(page.getByRole("dialog", { name: ESCAPED })).toContainText("introduced");
  await expect(page.getByRole("listitem")).toHaveCount(2);
  await holds(14);
  await page.getByRole("button", { name: `Remove ${isolated(TURNED)} from the group` }).click();
  const question = page.getByText(`Remove ${isolated(TURNED)} from this group?`, { exact: true });
  const [first, last] = await ends(question);
  expect(last).toBeGreaterThan(first!);
  await holds(15);
  await keep(page, "turning-name");
  await page.getByRole("dialog", { name: "Remove" }).getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: `Make ${isolated(TURNED)} the owner` }).click();
  await holds(15);
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "New group" }).click();
  await holds(8);
});

test("a name without visible characters counts as missing", async ({ world }) => {
  const alice = await world.person("Alice");
  const nobody = await world.account("Nobody");
  await nobody.api.updateMe({ nickname: "\u200B\u202E\u2060 \u3164" });
  await sendAll(nobody, alice.account, ["boo"]);
  await expect(alice.row(`…${nobody.userId.slice(-6)}`)).toBeVisible();
});
