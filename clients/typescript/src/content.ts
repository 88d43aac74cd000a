import type { Message, SendRequest } from "./types.js";

/** Most bytes of a content. */
const LIMIT = 8192;

/** What a message says: a type, and a JSON value as text, of 8,192 bytes at most. */
export type Content = Pick<SendRequest, "content_type" | "content">;

/** By how many bytes a content is longer than any server takes; 0 for one that is not. */
export function excessOf({ content }: Content): number {
  return Math.max(0, new TextEncoder().encode(content).length - LIMIT);
}

/** A text. */
export function text(text: string): Content {
  return { content_type: 1, content: JSON.stringify({ text }) };
}

/** The application's own content: any JSON value. */
export function custom(value: unknown): Content {
  return { content_type: 100, content: JSON.stringify(value) };
}

/** The text that a message carries; `undefined` where it is of another type, or not what was agreed on. */
export function textOf(message: Pick<Message, "content_type" | "content">): string | undefined {
  if (message.content_type !== 1) return undefined;
  try {
    const value: unknown = JSON.parse(message.content);
    const text = typeof value === "object" && value !== null && "text" in value ? value.text : undefined;
    return typeof text === "string" ? text : undefined;
  } catch {
    return undefined;
  }
}
