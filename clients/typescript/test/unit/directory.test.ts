import { expect, test, vi } from "vitest";
import { Directory } from "../../src/directory.js";
import { LongwaveError, type Group, type Profile } from "../../src/index.js";
import { range } from "./made.js";
import { withUncaught } from "./uncaught.js";

/** A directory of a server that refuses a list with `none` in it, and counts the reads of a group. */
function made(failure: ConstructorParameters<typeof LongwaveError>[0]) {
  const users = vi.fn((ids: readonly string[]) => {
    if (ids.includes("none")) return Promise.reject(new LongwaveError(failure));
    return Promise.resolve(ids.map((user_id) => ({ user_id }) as Profile));
  });
  let reads = 0;
  const group = vi.fn((group_id: string) => Promise.resolve({ group_id, member_count: ++reads } as Group));
  return { directory: new Directory({ users, group }, (ask) => ask()), users, group };
}

const refused = { kind: "refused", message: "no id", status: 400, code: 10001 } as const;

test("one invalid id does not prevent the other profiles from loading", async () => {
  const { directory, users } = made(refused);
  const ids = range(1, 99).map((n) => `nx__${n}`);
  ids.splice(40, 0, "none");
  const views = ids.map((id) => directory.profile(id));
  for (const view of views) view.subscribe(() => undefined);
  await vi.waitFor(() => {
    expect(views.filter((view) => view.snapshot()).length).toBe(99);
  });
  expect(users.mock.calls.length).toBeLessThan(20);
});

test("an aborted list of profiles is not requested in parts", async () => {
  const { directory, users } = made({ kind: "aborted", message: "closed" });
  for (const id of ["none", "nx__1"]) directory.profile(id).subscribe(() => undefined);
  await vi.waitFor(() => {
    expect(users).toHaveBeenCalled();
  });
  expect(users).toHaveBeenCalledTimes(1);
});

test("watched data is read again at once, other data when it gets a listener", async () => {
  const { directory, users, group } = made(refused);
  const [shown, hidden] = [directory.group("shown"), directory.group("hidden")];
  shown.subscribe(() => undefined);
  hidden.subscribe(() => undefined)();
  directory.profile("nx__1").subscribe(() => undefined);
  await vi.waitFor(() => {
    expect([shown.snapshot(), hidden.snapshot()]).toMatchObject([{ member_count: 1 }, { member_count: 2 }]);
  });
  directory.readAgain();
  await vi.waitFor(() => {
    expect(shown.snapshot()).toMatchObject({ member_count: 3 });
    expect(users).toHaveBeenCalledTimes(2);
  });
  expect(group).toHaveBeenCalledTimes(3);
  hidden.subscribe(() => undefined);
  await vi.waitFor(() => {
    expect(hidden.snapshot()).toMatchObject({ member_count: 4 });
  });
});

test("an answer from before a profile changed does not replace the changed one", async () => {
  const { directory, users } = made(refused);
  let give: (profiles: Profile[]) => void = () => undefined;
  users.mockReturnValueOnce(new Promise((resolve) => (give = resolve)));
  const view = directory.profile("nx__1");
  view.subscribe(() => undefined);
  await vi.waitFor(() => {
    expect(users).toHaveBeenCalled();
  });
  const profile = { user_id: "nx__1", nickname: "old", updated_at: 1 } as Profile;
  directory.setProfile({ ...profile, nickname: "new", updated_at: 2 });
  give([profile]);
  await new Promise((resolve) => setTimeout(resolve));
  expect(view.snapshot()).toMatchObject({ nickname: "new" });
});

test("a group whose answer could not be read is read again", async () => {
  await withUncaught(async (reported) => {
    const { directory, group } = made(refused);
    group.mockRejectedValueOnce(new TypeError("no group"));
    const view = directory.group("g");
    view.subscribe(() => undefined)();
    await vi.waitFor(() => {
      expect(reported).toMatchObject([{ message: "no group" }]);
    });
    view.subscribe(() => undefined);
    await vi.waitFor(() => {
      expect(view.snapshot()).toMatchObject({ member_count: 1 });
    });
  });
});
