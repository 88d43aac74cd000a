import "fake-indexeddb/auto";
import { expect, test } from "vitest";
import { IndexedDbStore, text, type Client, type LongwaveOptions } from "../../src/index.js";
import { Browser } from "../tabs.js";
import { refusal } from "./proxy.js";
import { eachInItsOwnWorld, heard, here, until, type Person } from "./world.js";

eachInItsOwnWorld();

const SEND = /message\/send/;

/** Several tabs of Alice's browser, of which the first polls, and each tab's messages; and Bob, elsewhere. */
async function open(count: number, options: LongwaveOptions = {}) {
  const [alice, bob] = [await here().person(), await here().person()];
  const tabTools = new Browser().tools;
  // All tabs share one IndexedDB.
  const mine = { openStore: undefined as never, tabTools, ...options };
  const first = await here().login(alice, mine);
  await first.connect();
  const tabs = [first];
  while (tabs.length < count) tabs.push(here().resume(alice, first, mine));
  await Promise.all(tabs.map((tab) => tab.connect()));
  const b = await here().login(bob);
  await b.connect();
  const conversation = b.conversationWith(alice.userId);
  return { alice, mine, tabs, received: tabs.map(heard), b, conversation };
}

function another({ alice, mine, tabs }: { alice: Person; mine: LongwaveOptions; tabs: Client[] }): Client {
  return here().resume(alice, tabs[0]!, mine);
}

test("the tabs of a login share one poll, and each receives and shows everything", async () => {
  const { tabs, received, b, conversation } = await open(4);
  await until(() => {
    expect(here().proxy.polls).toBe(2);
  });
  for (const n of [1, 2, 3]) await b.send(conversation, text(String(n)));
  const all = ['1 {"text":"1"}', '2 {"text":"2"}', '3 {"text":"3"}'];
  await until(() => {
    for (const [at, tab] of tabs.entries()) {
      expect(received[at]).toEqual(all);
      expect(tab.conversations.snapshot()).toMatchObject([{ unread: 3, max_seq: 3 }]);
      expect(tab.state.snapshot()).toEqual({ status: "online" });
    }
  });
  // One of Alice's tabs, and Bob.
  expect(here().proxy.mostPolls).toBe(2);
});

test("a message written in one tab is shown in all, pending and stored, and sent once", async () => {
  const { tabs, received, conversation } = await open(3);
  const timelines = tabs.map((tab) => tab.timeline(conversation));
  for (const timeline of timelines) timeline.subscribe(() => undefined);
  here().proxy.fault(SEND, refusal(503, 20101), 1);
  const sent = tabs[2]!.send(conversation, text("hi"), "m1");
  await until(() => {
    for (const timeline of timelines) {
      expect(timeline.snapshot().entries).toMatchObject([{ client_msg_id: "m1", status: "sending" }]);
    }
  });
  expect(await sent).toMatchObject({ seq: 1 });
  await until(() => {
    for (const timeline of timelines) {
      expect(timeline.snapshot().entries).toMatchObject([{ client_msg_id: "m1", status: "sent", seq: 1 }]);
    }
    expect(received).toEqual([0, 1, 2].map(() => ['1 {"text":"hi"}']));
  });
});

test("a failed message is shown in all tabs, and another tab can send it again or discard it", async () => {
  const { tabs, conversation } = await open(2);
  const timelines = tabs.map((tab) => tab.timeline(conversation));
  for (const timeline of timelines) timeline.subscribe(() => undefined);
  here().proxy.fault(SEND, refusal(403, 10303), 2);
  const failed = [tabs[1]!.send(conversation, text("1"), "m1"), tabs[1]!.send(conversation, text("2"), "m2")];
  for (const each of failed) await expect(each).rejects.toMatchObject({ code: 10303 });
  await until(() => {
    for (const timeline of timelines) {
      expect(timeline.snapshot().entries.map((entry) => entry.status)).toEqual(["failed", "failed"]);
    }
  });
  tabs[0]!.discard("m2");
  expect(await tabs[0]!.retry("m1")).toMatchObject({ seq: 1 });
  await until(() => {
    for (const timeline of timelines) {
      expect(timeline.snapshot().entries).toMatchObject([{ client_msg_id: "m1", status: "sent" }]);
    }
  });
});

test("when the polling tab closes, the next one continues without loss or repetition", async () => {
  const { tabs, received, b, conversation } = await open(4);
  let number = 0;
  const all: string[] = [];
  const write = () => {
    number += 1;
    all.push(`${number} {"text":"${number}"}`);
    return b.send(conversation, text(String(number)));
  };
  for (const leader of [0, 1, 2]) {
    // Without a pause, so that some are in transit when the tab closes.
    const writing = [write(), write(), write()];
    await writing[1];
    tabs[leader]!.close();
    await Promise.all([...writing, write()]);
    await until(() => {
      for (let at = leader + 1; at < tabs.length; at += 1) {
        expect(received[at]).toEqual(all);
        expect(tabs[at]!.conversations.snapshot()).toMatchObject([{ unread: number, max_seq: number }]);
      }
    });
  }
});

test("a message written in a closed tab is sent by another one", async () => {
  const { tabs, received, conversation } = await open(3);
  here().proxy.fault(SEND, { kind: "cut before" }, 1000);
  void tabs[1]!.send(conversation, text("from a follower"));
  await until(() => {
    expect(here().proxy.count(SEND)).toBeGreaterThan(0);
  });
  void tabs[0]!.send(conversation, text("from the leader"));
  tabs[1]!.close();
  tabs[0]!.close();
  here().proxy.heal();
  await until(() => {
    expect(received[2]).toEqual(['1 {"text":"from a follower"}', '2 {"text":"from the leader"}']);
  });
});

test("a later tab shows the data of the others without asking the server", async () => {
  const opened = await open(1);
  const { b, conversation } = opened;
  await b.send(conversation, text("1"));
  await until(() => {
    expect(opened.received).toEqual([['1 {"text":"1"}']]);
    // Bob has made his requests for the new conversation.
    expect(b.conversations.snapshot()).toHaveLength(1);
  });
  const asked = here().proxy.count(/list|max_seqs|pull/);
  const late = another(opened);
  await late.connect();
  const timeline = late.timeline(conversation);
  timeline.subscribe(() => undefined);
  await until(() => {
    expect(late.conversations.snapshot()).toMatchObject([{ unread: 1, last_message: { seq: 1 } }]);
    expect(timeline.snapshot().entries).toMatchObject([{ seq: 1 }]);
  });
  expect(here().proxy.count(/list|max_seqs|pull/)).toBe(asked);
});

test("tabs without storage show the same data", async () => {
  const opened = await open(1, { openStore: () => Promise.reject(new Error("forbidden")) });
  const { b, conversation } = opened;
  await b.send(conversation, text("1"));
  await until(() => {
    expect(opened.received).toEqual([['1 {"text":"1"}']]);
  });
  const late = another(opened);
  const received = heard(late);
  await late.connect();
  void late.send(conversation, text("2"));
  await until(() => {
    expect(received).toEqual(['2 {"text":"2"}']);
  });
  opened.tabs[0]!.close();
  await b.send(conversation, text("3"));
  await until(() => {
    expect(received).toEqual(['2 {"text":"2"}', '3 {"text":"3"}']);
    expect(late.conversations.snapshot()).toMatchObject([{ max_seq: 3 }]);
  });
});

test("all tabs receive the presence that one of them shows", async () => {
  const { tabs, b } = await open(2);
  const views = tabs.map((tab) => tab.presence(b.userId));
  views[1]!.subscribe(() => undefined);
  await until(() => {
    expect(views[1]!.snapshot()).toMatchObject({ online: true });
  });
  views[0]!.subscribe(() => undefined);
  await until(() => {
    expect(views[0]!.snapshot()).toMatchObject({ online: true });
  });
  // The next leading tab subscribes again.
  tabs[0]!.close();
  await until(() => {
    expect(here().proxy.asked.filter((line) => line.includes("online_subscribe")).length).toBeGreaterThan(2);
  });
});

test("the end of a login ends it in all tabs", async () => {
  const opened = await open(3);
  await here().login({ ...opened.alice, kept: new Map() });
  await until(() => {
    for (const tab of opened.tabs) {
      expect(tab.state.snapshot()).toEqual({ status: "kicked", reason: "new_login" });
    }
  });
});

test("a logout in one tab logs the others out", async () => {
  const { alice, tabs, b, conversation } = await open(3);
  await b.send(conversation, text("1"));
  await tabs[1]!.logout();
  await until(() => {
    expect(tabs.map((tab) => tab.state.snapshot())).toEqual([
      { status: "kicked", reason: "logout" },
      { status: "closed" },
      { status: "kicked", reason: "logout" },
    ]);
  });
  const store = await IndexedDbStore.open(`longwave ${here().proxy.url} ${alice.userId}`);
  expect(await store.load()).toEqual({ cursor: undefined, positions: [], rows: [], outbox: [] });
  store.close();
});
