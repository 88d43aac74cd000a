import { expect, test } from "vitest";
import { conversationOfGroup, text, textOf } from "../../src/index.js";
import { eachInItsOwnWorld, heard, here, until } from "./world.js";

eachInItsOwnWorld();

test("two users write to each other, and both receive each message once", async () => {
  const [alice, bob] = [await here().person(), await here().person()];
  const [a, b] = [await here().login(alice), await here().login(bob)];
  await Promise.all([a.connect(), b.connect()]);
  const [byAlice, byBob] = [heard(a), heard(b)];
  const conversation = a.conversationWith(bob.userId);
  expect((await a.send(conversation, text("hello Bob"))).seq).toBe(1);
  await until(() => {
    expect(byBob).toHaveLength(1);
  });
  expect((await b.send(conversation, text("hello Alice"))).seq).toBe(2);
  const all = ['1 {"text":"hello Bob"}', '2 {"text":"hello Alice"}'];
  await until(() => {
    expect(byAlice).toEqual(all);
    expect(byBob).toEqual(all);
  });
});

test("a message is in the timeline at once, as one entry until it is stored", async () => {
  const [alice, bob] = [await here().person(), await here().person()];
  const a = await here().login(alice);
  await a.connect();
  const conversation = a.conversationWith(bob.userId);
  const timeline = a.timeline(conversation);
  timeline.subscribe(() => undefined);
  const sent = a.send(conversation, text("hi"), "m1");
  const [entry] = timeline.snapshot().entries;
  expect(entry).toMatchObject({ status: "sending", client_msg_id: "m1" });
  expect(textOf(entry!)).toBe("hi");
  await sent;
  await until(() => {
    expect(a.conversations.snapshot()[0]?.last_message?.client_msg_id).toBe("m1");
  });
  expect(timeline.snapshot().entries).toMatchObject([{ status: "sent", key: entry!.key, seq: 1 }]);
});

test("a new conversation appears in the list with its message, unread by the recipient", async () => {
  const [alice, bob] = [await here().person(), await here().person()];
  const [a, b] = [await here().login(alice), await here().login(bob)];
  await Promise.all([a.connect(), b.connect()]);
  const conversation = a.conversationWith(bob.userId);
  const received: string[] = [];
  b.on("conversation", (it) => received.push(it.conversation_id));
  await a.send(conversation, text("1"));
  await a.send(conversation, text("2"));
  await until(() => {
    expect(b.conversations.snapshot()).toMatchObject([
      { conversation_id: conversation, peer_user_id: alice.userId, unread: 2, max_seq: 2 },
    ]);
  });
  expect(received).toEqual([conversation]);
  expect(await b.markRead(conversation)).toBe(2);
  await until(() => {
    expect(b.conversations.snapshot()).toMatchObject([{ unread: 0, read_seq: 2 }]);
    expect(a.conversations.snapshot()).toMatchObject([{ unread: 0 }]);
  });
});

test("another device of the user receives read positions, options and messages of this one", async () => {
  const [alice, bob] = [await here().person(), await here().person()];
  const [a, b] = [await here().login(alice), await here().login(bob)];
  const phone = await here().login({ ...bob, kept: new Map() }, { platformId: 1 });
  await Promise.all([a.connect(), b.connect(), phone.connect()]);
  const conversation = a.conversationWith(bob.userId);
  await a.send(conversation, text("1"));
  await until(() => {
    expect(b.conversations.snapshot()).toMatchObject([{ unread: 1 }]);
    expect(phone.conversations.snapshot()).toMatchObject([{ unread: 1 }]);
  });
  await b.markRead(conversation, 1);
  await b.api.setOptions(conversation, { pinned: true, muted: true });
  await b.api.updateMe({ nickname: "Bobby" });
  await b.send(conversation, text("2"));
  const profile = phone.profile(bob.userId);
  profile.subscribe(() => undefined);
  await until(() => {
    expect(phone.conversations.snapshot()).toMatchObject([
      { unread: 0, read_seq: 2, is_pinned: true, recv_msg_opt: 1, max_seq: 2 },
    ]);
    expect(profile.snapshot()?.nickname).toBe("Bobby");
  });
});

test("conversations are sorted pinned first, then by latest message, also after a reload", async () => {
  const [alice, ...peers] = await Promise.all([1, 2, 3, 4].map(() => here().person()));
  const a = await here().login(alice!);
  await a.connect();
  const [first, second, third] = peers.map((peer) => a.conversationWith(peer.userId));
  for (const id of [first, second, third]) await a.send(id!, text("hi"));
  await a.send(second!, text("again"));
  await a.api.setOptions(first!, { pinned: true });
  const order = () => a.conversations.snapshot().map((it) => it.conversation_id);
  await until(() => {
    expect(order()).toEqual([first, second, third]);
  });
  a.close();
  const again = here().resume(alice!, a);
  await again.connect();
  expect(again.conversations.snapshot().map((it) => it.conversation_id)).toEqual([first, second, third]);
  const elsewhere = await here().login({ ...alice!, kept: new Map() }, { platformId: 7 });
  await elsewhere.connect();
  expect(elsewhere.conversations.snapshot().map((it) => it.conversation_id)).toEqual([first, second, third]);
});

test("a group is created, joined and quit, and each member sees its changes", async () => {
  const [alice, bob, carol] = [await here().person(), await here().person(), await here().person()];
  const [a, b, c] = [await here().login(alice), await here().login(bob), await here().login(carol)];
  await Promise.all([a.connect(), b.connect(), c.connect()]);
  const { group_id } = await a.api.createGroup({ name: "Friends", member_ids: [bob.userId] });
  const conversation = conversationOfGroup(group_id);
  const group = b.group(group_id);
  group.subscribe(() => undefined);
  await until(() => {
    expect(b.conversations.snapshot()).toMatchObject([{ conversation_id: conversation, group_id }]);
    expect(group.snapshot()).toMatchObject({ name: "Friends", member_count: 2 });
  });
  await a.send(conversation, text("before Carol"));
  await c.api.joinGroup(group_id);
  await until(() => {
    expect(group.snapshot()).toMatchObject({ member_count: 3 });
    expect(c.conversations.snapshot()).toMatchObject([{ conversation_id: conversation, min_seq: 2 }]);
  });
  const byCarol = heard(c);
  await a.send(conversation, text("after Carol"));
  await until(() => {
    expect(byCarol).toEqual(['2 {"text":"after Carol"}']);
  });
  const changes: string[] = [];
  c.on("group", (change) => changes.push(change.change));
  await a.api.kick(group_id, carol.userId);
  await until(() => {
    expect(changes).toEqual(["kicked"]);
  });
  await expect(c.send(conversation, text("too late"))).rejects.toMatchObject({ code: 10303 });
  expect((await c.history(conversation)).messages.map((it) => it.seq)).toEqual([2]);
});

test("a member who rejoins sees only later messages, and no invisible gap is pulled forever", async () => {
  const [alice, bob] = [await here().person(), await here().person()];
  const [a, b] = [await here().login(alice), await here().login(bob)];
  await Promise.all([a.connect(), b.connect()]);
  const { group_id } = await a.api.createGroup({ name: "Friends", member_ids: [bob.userId] });
  const conversation = conversationOfGroup(group_id);
  const timeline = b.timeline(conversation);
  timeline.subscribe(() => undefined);
  const texts = () => timeline.snapshot().entries.map((entry) => textOf(entry));
  await a.send(conversation, text("1"));
  await until(() => {
    expect(texts()).toEqual(["1"]);
  });
  await b.api.quitGroup(group_id);
  await a.send(conversation, text("2"));
  await b.api.joinGroup(group_id);
  await a.send(conversation, text("3"));
  await until(() => {
    expect(texts()).toEqual(["3"]);
    expect(timeline.snapshot()).toMatchObject({ hasOlder: false, isLoading: false });
  });
});

test("history loads page by page down to the first message", async () => {
  const [alice, bob] = [await here().person(), await here().person()];
  const a = await here().login(alice);
  await a.connect();
  const conversation = a.conversationWith(bob.userId);
  for (let n = 1; n <= 120; n += 1) void a.send(conversation, text(String(n)));
  await a.send(conversation, text("121"));

  const b = await here().login(bob);
  await b.connect();
  const newest = await b.history(conversation);
  expect(newest.messages.map((it) => it.seq)).toEqual(Array.from({ length: 50 }, (_, at) => 72 + at));
  expect(newest.hasOlder).toBe(true);
  const oldest = await b.history(conversation, { before: 11, limit: 200 });
  expect(oldest.messages.map((it) => it.seq)).toEqual(Array.from({ length: 10 }, (_, at) => 1 + at));
  expect(oldest.hasOlder).toBe(false);

  const timeline = b.timeline(conversation);
  timeline.subscribe(() => undefined);
  const seqs = () => timeline.snapshot().entries.map((entry) => entry.seq);
  await until(() => {
    expect(seqs()).toHaveLength(50);
  });
  await timeline.loadOlder();
  await a.send(conversation, text("122"));
  await timeline.loadOlder();
  await until(() => {
    expect(seqs()).toEqual(Array.from({ length: 122 }, (_, at) => 1 + at));
  });
  expect(timeline.snapshot().hasOlder).toBe(false);
});

test("typing is visible to others until the message arrives, and is sent rarely", async () => {
  const [alice, bob] = [await here().person(), await here().person()];
  const [a, b] = [await here().login(alice), await here().login(bob)];
  await Promise.all([a.connect(), b.connect()]);
  const conversation = a.conversationWith(bob.userId);
  await a.send(conversation, text("1"));
  const typists = b.typists(conversation);
  const began = performance.now();
  let keys = 0;
  await until(() => {
    // Only a poll that waits at this moment receives it.
    a.typing(conversation);
    keys += 1;
    expect(typists.snapshot()).toEqual([alice.userId]);
  });
  for (; keys < 20; keys += 1) a.typing(conversation);
  expect(here().proxy.count(/typing/)).toBeLessThanOrEqual(1 + (performance.now() - began) / 4000);
  await a.send(conversation, text("2"));
  await until(() => {
    expect(typists.snapshot()).toEqual([]);
  });
});

test("a watched user is shown coming online", async () => {
  const [alice, bob] = [await here().person(), await here().person()];
  const [a, b] = [await here().login(alice), await here().login(bob)];
  await a.connect();
  const presence = a.presence(bob.userId);
  const end = presence.subscribe(() => undefined);
  await until(() => {
    expect(presence.snapshot()).toMatchObject({ online: false });
  });
  await b.connect();
  await until(() => {
    expect(presence.snapshot()).toMatchObject({ online: true, platform_ids: [5] });
  });
  end();
  await until(() => {
    expect(presence.snapshot()).toBeUndefined();
  });
});

test("profiles that are watched together are read in one call", async () => {
  const people = await Promise.all([1, 2, 3].map(() => here().person()));
  const a = await here().login(people[0]!);
  const views = people.map((person) => a.profile(person.userId));
  for (const view of views) view.subscribe(() => undefined);
  await until(() => {
    expect(views.map((view) => view.snapshot()?.nickname)).toEqual(people.map((person) => person.username));
  });
  expect(here().proxy.count(/user\/info/)).toBe(1);
});

test("a wrong password and a taken name are refused and end no login", async () => {
  const alice = await here().person();
  const a = await here().login(alice);
  await a.connect();
  const server = here().server();
  await expect(server.login(alice.username, "wrong password")).rejects.toMatchObject({
    kind: "refused",
    status: 401,
    code: 10105,
  });
  const registration = { username: alice.username, password: "battery staple" };
  await expect(server.register(registration)).rejects.toMatchObject({ status: 409, code: 10202 });
  expect(a.state.snapshot()).toEqual({ status: "online" });
});
