import { expect, test } from "vitest";
import { conversationBetween, targetOf } from "../../src/ids.js";

test("a conversation has one id, and each of its users sends to the other, or to oneself in notes", () => {
  const both = conversationBetween("u___2", "u___1");
  expect(both).toBe("si_u___1:u___2");
  expect(targetOf(both, "u___1")).toEqual({ session_type: 1, recv_id: "u___2" });
  expect(targetOf(both, "u___2")).toEqual({ session_type: 1, recv_id: "u___1" });
  const notes = conversationBetween("u___1", "u___1");
  expect(notes).toBe("si_u___1:u___1");
  expect(targetOf(notes, "u___1")).toEqual({ session_type: 1, recv_id: "u___1" });
  expect(() => targetOf(both, "u___3")).toThrow(TypeError);
});
