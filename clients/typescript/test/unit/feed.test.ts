import { expect, test } from "vitest";
import { Feed, type FeedEvent } from "../../src/feed.js";
import type { Frame, GroupChange } from "../../src/index.js";
import {
  conversation,
  frame,
  list,
  ME,
  message,
  other,
  polled,
  positions,
  pulled,
  range,
  reset,
} from "./made.js";

/** A feed that has just started, with these conversations. */
function started(at: Record<string, [number, number]>): Feed {
  const feed = new Feed(ME);
  feed.started(polled("0"));
  feed.surveyed(positions(at));
  feed.listed(list(Object.keys(at)));
  return feed;
}

function brief(events: readonly FeedEvent[]): string[] {
  return events.map((event) => {
    if (event.type === "message") return `${event.message.conversation_id}${event.message.seq}`;
    if (event.type === "conversations") {
      return `list ${event.conversations.map((it) => it.conversation_id).join()}`;
    }
    return event.type;
  });
}

function joined(conversation: string, change: GroupChange["change"], userId = ME): Frame {
  const data = { event_id: 1, group_id: conversation, conversation_id: conversation, operator_id: ME };
  return { req_id: 2006, data: { ...data, change, user_ids: [userId] } };
}

test("a feed starts at a cursor older than the positions, and reads the list last", () => {
  const feed = new Feed(ME);
  expect(feed.ask()).toEqual({ kind: "start" });
  expect(feed.started(polled("0"))).toEqual([]);
  expect(feed.ask()).toEqual({ kind: "survey", cursor: undefined });
  feed.surveyed(positions({ a: [1, 3] }, "p"));
  expect(feed.ask()).toEqual({ kind: "survey", cursor: "p" });
  expect(brief(feed.surveyed(positions({ b: [2, 2] })))).toEqual(["positions"]);
  expect(feed.ask()).toEqual({ kind: "list", cursor: undefined });
  expect(brief(feed.listed(list(["b"], "q")))).toEqual(["list b"]);
  expect(feed.ask()).toEqual({ kind: "list", cursor: "q" });
  expect(feed.taken().cursor).toBeUndefined();
  expect(brief(feed.listed(list(["a"])))).toEqual(["list a"]);
  expect(feed.ask()).toEqual({ kind: "poll", cursor: "0" });
  expect(feed.taken()).toEqual({ cursor: "0", positions: [] });
  // Events in between come again.
  expect(brief(feed.polled(polled("1", [frame("a", 3), frame("a", 4), frame("b", 2)])))).toEqual(["a4"]);
});

test("each message is delivered once, and in order with other changes", () => {
  const feed = started({ a: [1, 3], b: [1, 0] });
  const read: Frame = {
    req_id: 2003,
    data: { event_id: 1, conversation_id: "a", read_seq: 4, unread: 0 },
  };
  const first = [frame("a", 3), frame("a", 4), read, frame("b", 1), frame("a", 4)];
  expect(brief(feed.polled(polled("1", first)))).toEqual(["a4", "read", "b1"]);
  expect(brief(feed.polled(polled("2", [frame("b", 1), frame("a", 5)])))).toEqual(["a5"]);
  expect(feed.taken()).toEqual({
    cursor: "2",
    positions: [
      ["a", 5],
      ["b", 1],
    ],
  });
  expect(feed.taken()).toEqual({ cursor: "2", positions: [] });
});

test("a gap is pulled page by page before the message after it", () => {
  const feed = started({ a: [1, 3] });
  expect(feed.polled(polled("1", [frame("a", 205)]))).toEqual([]);
  expect(feed.ask()).toEqual({ kind: "pull", conversationId: "a", begin: 4, end: 204 });
  const events = feed.pulled(pulled("a", range(4, 103), true));
  expect(feed.ask()).toEqual({ kind: "pull", conversationId: "a", begin: 104, end: 204 });
  expect(feed.taken()).toMatchObject({ cursor: "0", positions: [["a", 103]] });
  events.push(...feed.pulled(pulled("a", range(104, 204))));
  expect(brief(events)).toEqual(range(4, 205).map((seq) => `a${seq}`));
  expect(feed.ask()).toEqual({ kind: "poll", cursor: "1" });
});

test("an invisible gap is skipped", () => {
  const feed = started({ a: [1, 3], b: [1, 3] });
  expect(feed.polled(polled("1", [frame("a", 6), frame("b", 9)]))).toEqual([]);
  expect(brief(feed.pulled(pulled("a", [])))).toEqual(["a6"]);
  expect(feed.ask()).toMatchObject({ conversationId: "b", begin: 4, end: 8 });
  expect(brief(feed.hidden())).toEqual(["b9"]);
});

test("a new conversation begins with its first visible message, after its list entry", () => {
  const feed = started({ a: [1, 3] });
  expect(feed.polled(polled("1", [frame("b", 7), frame("b", 8), frame("c", 1)]))).toEqual([]);
  expect(feed.ask()).toEqual({ kind: "survey", cursor: undefined });
  expect(feed.surveyed(positions({ a: [1, 9] }, "p"))).toEqual([]);
  expect(feed.surveyed(positions({ b: [5, 8] }))).toEqual([]);
  expect(feed.ask()).toMatchObject({ kind: "pull", conversationId: "b", begin: 5, end: 6 });
  expect(brief(feed.pulled(pulled("b", [5, 6])))).toEqual(["b5", "b6"]);
  expect(feed.ask()).toEqual({ kind: "list", cursor: undefined });
  const events = feed.listed(list(["c", "b"], "more"));
  expect(brief(events)).toEqual(["list c,b", "b7", "b8", "c1"]);
  // Both are new, although the list was read for one.
  expect(events[0]).toMatchObject({ found: ["c", "b"], first: true });
  expect(feed.ask()).toEqual({ kind: "poll", cursor: "1" });
});

test("an unlisted conversation is looked up once per message, and its messages are delivered", () => {
  const feed = started({});
  expect(feed.polled(polled("1", [frame("b", 1), frame("b", 2)]))).toEqual([]);
  expect(brief(feed.listed(list(["a"], "p")))).toEqual(["list a"]);
  expect(brief(feed.listed(list([])))).toEqual(["list ", "b1", "b2"]);
  expect(brief(feed.polled(polled("2", [frame("b", 3)])))).toEqual(["b3"]);
});

test("the list entry of a group is read again when the user joins it, not when others do", () => {
  const feed = started({ g: [1, 3] });
  expect(brief(feed.polled(polled("1", [joined("g", "joined", "nx__other")])))).toEqual(["group"]);
  expect(feed.polled(polled("2", [joined("g", "joined"), frame("g", 4)]))).toEqual([]);
  expect(feed.ask()).toEqual({ kind: "list", cursor: undefined });
  expect(brief(feed.listed(list(["g"])))).toEqual(["list g", "group", "g4"]);
  expect(feed.polled(polled("3", [joined("h", "created")]))).toEqual([]);
  expect(brief(feed.listed(list(["h"])))).toEqual(["list h", "group"]);
});

test("a message from before leaving or rejoining its conversation is delivered", () => {
  for (const now of [{ b: [9, 9] }, {}] as Record<string, [number, number]>[]) {
    const feed = started({});
    feed.polled(polled("1", [frame("b", 6), frame("b", 9)]));
    feed.surveyed(positions(now));
    expect(brief(feed.listed(list([])))).toEqual(["list ", "b6"]);
    expect(feed.ask()).toMatchObject({ conversationId: "b", begin: 7, end: 8 });
    expect(brief(feed.pulled(pulled("b", [])))).toEqual(["b9"]);
  }
});

test("after a reset the list is read, then the missed messages of every conversation are pulled", () => {
  const feed = started({ a: [1, 3], b: [1, 3], d: [1, 3] });
  expect(feed.polled(polled("1", [], true))).toEqual([]);
  feed.surveyed(positions({ a: [1, 104], b: [1, 3] }, "p"));
  expect(brief(feed.surveyed(positions({ c: [2, 3], d: [8, 8] })))).toEqual(["positions"]);
  expect(brief(feed.listed(list(["a", "b", "c", "d"])))).toEqual(["list a,b,c,d"]);
  const events = [
    ...feed.pulled(pulled("a", range(4, 103), true)),
    ...feed.pulled(pulled("a", [104])),
    ...feed.pulled(pulled("c", [2, 3])),
  ];
  expect(feed.taken().cursor).toBe("0");
  events.push(...feed.pulled(pulled("d", [8])));
  expect(brief(events)).toEqual([...range(4, 104).map((seq) => `a${seq}`), "c2", "c3", "d8"]);
  expect(feed.taken().cursor).toBe("1");
  expect(brief(feed.polled(polled("2", [frame("a", 104), frame("a", 105)])))).toEqual(["a105"]);
});

/** Asserts that a feed has dropped all data and reads it again, and then delivers only new messages. */
function startsAnew(feed: Feed, events: readonly FeedEvent[]): void {
  expect(events.at(-1)).toMatchObject({ type: "forgotten" });
  expect(feed.taken()).toEqual({ cursor: undefined, positions: [] });
  expect(feed.ask()).toEqual({ kind: "survey", cursor: undefined });
  expect(brief(feed.surveyed(positions({ a: [1, 3] })))).toEqual(["positions"]);
  expect(brief(feed.listed(list(["a"])))).toEqual(["list a"]);
  expect(feed.ask()).toMatchObject({ kind: "poll" });
  expect(brief(feed.polled(polled("9", [other(frame("a", 3)), frame("a", 4)])))).toEqual(["a4"]);
}

test("after a change of history all data is read again and delivered as at the start", () => {
  const feed = started({ a: [1, 9], b: [1, 9] });
  feed.polled(polled("1", [frame("a", 10)]));
  startsAnew(feed, feed.polled(reset("2", "other_history")));
});

test("a saved state of another history is dropped at its first poll", () => {
  const kept = { cursor: "0", positions: [["a", 9] as const] };
  const feed = new Feed(ME, kept, [conversation("a", { last_message: message("a", 9) })]);
  startsAnew(feed, feed.polled(reset("2", "other_history")));
});

test("after a cursor that is too old, known messages stay and the rest is pulled", () => {
  const feed = started({ a: [1, 3] });
  expect(feed.polled(reset("1", "too_old"))).toEqual([]);
  feed.surveyed(positions({ a: [1, 5] }));
  feed.listed(list(["a"]));
  expect(brief(feed.pulled(pulled("a", [4, 5])))).toEqual(["a4", "a5"]);
});

test("a different message with a known seq means another history", () => {
  const feed = started({ a: [1, 3] });
  feed.polled(polled("1", [frame("a", 4)]));
  const read: Frame = { req_id: 2003, data: { event_id: 1, conversation_id: "a", read_seq: 4, unread: 0 } };
  const events = feed.polled(polled("2", [read, other(frame("a", 4))]));
  expect(brief(events)).toEqual(["read", "forgotten"]);
  startsAnew(feed, events);
});

test("a forked history is detected by the newest known message", () => {
  const feed = started({ a: [1, 3] });
  feed.polled(polled("1", [frame("a", 4)]));
  feed.polled(reset("2", "too_old"));
  feed.surveyed(positions({ a: [1, 6] }));
  feed.listed({ ...list(["a"]), conversations: [conversation("a", { last_message: message("a", 6) })] });
  expect(feed.ask()).toEqual({ kind: "pull", conversationId: "a", begin: 4, end: 6 });
  const [first, ...rest] = pulled("a", [4, 5, 6]).messages;
  const forked = { messages: [{ ...first!, server_msg_id: "of another history" }, ...rest], has_more: false };
  startsAnew(feed, feed.pulled(forked));
});

test("the newest known message is not delivered again when it is compared", () => {
  const feed = started({ a: [1, 3] });
  feed.polled(polled("1", [frame("a", 4)]));
  feed.polled(reset("2", "too_old"));
  feed.surveyed(positions({ a: [1, 6] }));
  feed.listed(list(["a"]));
  expect(brief(feed.pulled(pulled("a", [4, 5], true)))).toEqual(["a5"]);
  expect(feed.ask()).toEqual({ kind: "pull", conversationId: "a", begin: 6, end: 6 });
  expect(brief(feed.pulled(pulled("a", [6])))).toEqual(["a6"]);
});

test("a list with a different last message for a known seq means another history", () => {
  const kept = { cursor: "0", positions: [["a", 4] as const] };
  const feed = new Feed(ME, kept, [conversation("a", { last_message: message("a", 4) })]);
  feed.polled(reset("1", "too_old"));
  feed.surveyed(positions({ a: [1, 4] }));
  const last_message = { ...message("a", 4), server_msg_id: "of another history" };
  startsAnew(feed, feed.listed({ ...list([]), conversations: [conversation("a", { last_message })] }));
});

test("a conversation that ends before its position means another history", () => {
  const feed = started({ a: [1, 9], b: [1, 9] });
  feed.polled(reset("1", "too_old"));
  startsAnew(feed, feed.surveyed(positions({ a: [1, 2] })));
});

test("a conversation that vanished in a reset is read again when it returns", () => {
  const feed = started({ a: [1, 3], b: [1, 3] });
  feed.polled(polled("1", [], true));
  feed.surveyed(positions({ a: [1, 3] }));
  feed.listed(list(["a"]));
  expect(feed.polled(polled("2", [frame("b", 1)]))).toEqual([]);
  expect(feed.ask()).toEqual({ kind: "list", cursor: undefined });
  expect(brief(feed.listed(list(["b", "a"])))).toEqual(["list b,a", "b1"]);
});

test("a saved state continues at its position, and the repeated answer gives the rest", () => {
  const feed = started({ a: [1, 3], b: [1, 0] });
  const frames = [frame("a", 5), frame("a", 6), frame("b", 1)];
  feed.polled(polled("1", frames));
  feed.taken();
  // The first page of the gap was delivered and saved; then the browser page was closed.
  feed.pulled(pulled("a", [4], true));
  const kept = feed.taken();
  expect(kept).toEqual({ cursor: "0", positions: [["a", 4]] });
  const again = new Feed(
    ME,
    {
      cursor: "0",
      positions: [
        ["a", 4],
        ["b", 0],
      ],
    },
    ["a", "b"].map((id) => conversation(id)),
  );
  expect(again.ask()).toEqual({ kind: "poll", cursor: "0" });
  expect(brief(again.polled(polled("1", frames)))).toEqual(["a5", "a6", "b1"]);
});

test("a frame with an unknown req_id is ignored", () => {
  const feed = started({ a: [1, 3] });
  const unknown = { req_id: 2999, data: { event_id: 1 } } as unknown as Frame;
  expect(brief(feed.polled(polled("1", [unknown, frame("a", 4)])))).toEqual(["a4"]);
});
