import type { Locator, Page } from "@playwright/test";
import { expect, isolated, keep, Person, sendAll, test } from "./world.ts";

/** A name that shows all behind it backwards, and one that begins by ending an isolation. */
const [TURNING, ESCAPING] = ["Evil\u202E?puorg siht morf", "\u2069\u2069\u202Eliame"];
/** What is left of them to read. */
const [TURNED, ESCAPED] = ["Evil?puorg siht morf", "liame"];

/** Whatever turns the direction of what follows, besides what isolates. */
const TURNS = /[\u061C\u200E\u200F\u202A-\u202E\u2066\u2067]/;

/**
 * The texts and labels of a page in which a name stands: each must hold it isolated, by characters or by the
 * element that it is all of. Gives those that do not, and how many there are.
 */
async function look(page: Page): Promise<{ bare: string[]; seen: number }> {
  const found = await page.evaluate(() => {
    const texts: { text: string; alone: boolean }[] = [{ text: document.title, alone: false }];
    const nodes = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (nodes.nextNode()) {
      const element = nodes.currentNode.parentElement!;
      // What a message or an introduction says is a paragraph of its own.
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

/** Where the first and the last character of a text stand on the screen, in pixels from the left. */
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

test("a name that turns sentences round turns no sentence, label or title, wherever it stands", async ({
  world,
}) => {
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
  // The own name and its label, the row, the heading, the pane, the composer, the article, who types: twice.
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
  // And the sender above a message, and before the last one in the list.
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

test("a name without visible characters counts as no name", async ({ world }) => {
  const alice = await world.person("Alice");
  const nobody = await world.account("Nobody");
  await nobody.api.updateMe({ nickname: "\u200B\u202E\u2060 \u3164" });
  await sendAll(nobody, alice.account, ["boo"]);
  await expect(alice.row(`…${nobody.userId.slice(-6)}`)).toBeVisible();
});
