import { expect, test } from "vitest";
import { ConversationList } from "../../src/conversations.js";
import { conversation, ME, message, YOU } from "./made.js";

function listed(...ids: string[]): ConversationList {
  const list = new ConversationList(ME);
  list.list(
    ids.map((id) => conversation(id, { max_seq: 5, read_seq: 3, unread: 2 })),
    true,
  );
  return list;
}

const order = (list: ConversationList) => list.view.snapshot().map((it) => it.conversation_id);

test("the order is pinned first, then by later message, then as in the list", () => {
  const list = listed("a", "b");
  list.list([conversation("c")], false);
  expect(order(list)).toEqual(["a", "b", "c"]);
  list.message(message("c", 1));
  expect(order(list)).toEqual(["c", "a", "b"]);
  list.options({ conversation_id: "b", is_pinned: true, recv_msg_opt: 0 });
  expect(order(list)).toEqual(["b", "c", "a"]);
  // The top of the list is read again for a new conversation.
  list.list([conversation("d"), conversation("a")], true);
  expect(order(list)).toEqual(["b", "d", "a", "c"].sort((x, y) => Number(y === "b") - Number(x === "b")));
});

test("only new messages of others count as unread", () => {
  const list = listed("a");
  for (const [seq, sender] of [
    [4, YOU],
    [5, YOU],
    [6, YOU],
    [7, ME],
    [7, YOU],
  ] as const) {
    list.message(message("a", seq, sender));
  }
  expect(list.get("a")).toMatchObject({ max_seq: 7, unread: 3, last_message: { sender_id: ME } });
});

test("a read position from before the list was read changes nothing", () => {
  const list = listed("a");
  list.read({ conversation_id: "a", read_seq: 3, unread: 0 });
  list.read({ conversation_id: "a", read_seq: 2, unread: 9 });
  expect(list.get("a")).toMatchObject({ read_seq: 3, unread: 2 });
  list.read({ conversation_id: "a", read_seq: 4, unread: 1 });
  expect(list.get("a")).toMatchObject({ read_seq: 4, unread: 1 });
});

test("events do not add a conversation that is not listed", () => {
  const list = listed();
  list.message(message("a", 1));
  list.read({ conversation_id: "a", read_seq: 1, unread: 0 });
  list.options({ conversation_id: "a", is_pinned: true, recv_msg_opt: 0 });
  expect(list.view.snapshot()).toEqual([]);
});

test("a snapshot is immutable, and the same object until a change", () => {
  const list = listed("a", "b");
  const before = list.view.snapshot();
  const copy = structuredClone(before);
  expect(list.view.snapshot()).toBe(before);
  list.message(message("b", 6));
  expect(list.view.snapshot()).not.toBe(before);
  expect(before).toEqual(copy);
  expect(list.view.snapshot()[1]).toBe(before[0]);
});

test("changed rows are returned once with their ranks, and rebuild the same list", () => {
  const list = listed("a", "b", "c");
  expect(list.taken()).toHaveLength(3);
  expect(list.taken()).toEqual([]);
  list.message(message("c", 6));
  expect(list.taken()).toMatchObject([{ conversation: { conversation_id: "c", max_seq: 6 } }]);
  const again = new ConversationList(ME);
  again.replace(list.rows.reverse());
  expect(order(again)).toEqual(order(list));
  again.message(message("b", 6));
  expect(order(again)).toEqual(["b", "c", "a"]);
});

test("conversations that no longer exist are dropped", () => {
  const list = listed("a", "b", "c");
  expect(list.retain(new Set(["b"]))).toEqual(["a", "c"]);
  expect(order(list)).toEqual(["b"]);
});
