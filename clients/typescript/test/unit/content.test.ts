import { expect, test } from "vitest";
import { custom, text, textOf } from "../../src/index.js";

test("the text of a message is that of type 1, or of type 9 as it was written", () => {
  expect(textOf(text("hi"))).toBe("hi");
  expect(textOf({ content_type: 9, content: '{"text":"# hi"}' })).toBe("# hi");
  expect(textOf({ content_type: 6, content: '{"text":"hi"}' })).toBeUndefined();
  expect(textOf(custom({ text: "hi" }))).toBeUndefined();
  expect(textOf({ content_type: 1, content: '{"text":1}' })).toBeUndefined();
});
