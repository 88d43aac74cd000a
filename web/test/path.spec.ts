import { PathProxy } from "./proxy.ts";
import { expect, Person, sendAll, test } from "./world.ts";

test("under a path that a proxy strips, the page loads, chats and reloads from any link", async ({
  world,
}) => {
  const [account, bob] = [await world.account("Alice"), await world.account("Bob")];
  const proxy = await PathProxy.start(world.server.url, "/tools/chat");
  const page = await world.browser({ baseURL: `${proxy.url}/` });
  const alice = new Person(account, page);
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  try {
    await page.goto("./");
    await alice.fillIn();
    await page.getByText("Connected").first().waitFor();
    await alice.open(bob);
    await alice.say("hello from below");
    await expect(alice.message("hello from below").getByRole("img", { name: "Sent" })).toBeVisible();
    await sendAll(bob, account, ["hello to below"]);
    await expect(alice.message("hello to below")).toBeVisible();

    await page.reload();
    await expect(alice.message("hello to below")).toBeVisible();
    await page.getByRole("button", { name: "Your profile" }).click();
    const link = await page.getByLabel("Your link").inputValue();
    expect(link).toBe(`${proxy.url}/#/user/${account.userId}`);
    await page.goto(`./some/where/else?from=mail#/user/${bob.userId}`);
    await expect(alice.message("hello to below")).toBeVisible();
    expect(page.url()).toBe(`${proxy.url}/#/user/${bob.userId}`);

    for (const url of asked) expect(url.startsWith(`${proxy.url}/`)).toBe(true);
    expect(proxy.astray).toEqual([]);
    // Another chat page of the same origin has a separate login.
    expect(await page.evaluate(() => Object.keys(localStorage))).toEqual(["longwave session /tools/chat/"]);
  } finally {
    await page.close();
    await proxy.stop();
  }
});
