import { LongwaveError } from "./errors.js";
import type { Message, SendRequest } from "./types.js";

/** Maximum length of a content, in bytes of UTF-8. */
const LIMIT = 8192;

/** The content of a message: a type, and a JSON value as text of at most 8,192 bytes. */
export type Content = Pick<SendRequest, "content_type" | "content">;

/** The number of bytes by which a content exceeds the limit of every server; 0 within the limit. */
export function excessOf({ content }: Content): number {
  return Math.max(0, new TextEncoder().encode(content).length - LIMIT);
}

/**
 * The server's refusal of a content that is too long; `undefined` within the limit. Nothing is sent: for such
 * a request, a proxy may answer differently or close the connection.
 */
export function refusalOf(content: Content): LongwaveError | undefined {
  const excess = excessOf(content);
  if (excess === 0) return undefined;
  const message = `the content is too long by ${excess} bytes`;
  return new LongwaveError({ kind: "refused", message, status: 413, code: 10403 });
}

/** The content of a text message. */
export function text(text: string): Content {
  return { content_type: 1, content: JSON.stringify({ text }) };
}

/** Content of the application's own format: any JSON value. */
export function custom(value: unknown): Content {
  return { content_type: 100, content: JSON.stringify(value) };
}

/** The text of a message, of Markdown as it was written; `undefined` if it has another type or an invalid format. */
export function textOf(message: Pick<Message, "content_type" | "content">): string | undefined {
  if (message.content_type !== 1 && message.content_type !== 9) return undefined;
  try {
    const value: unknown = JSON.parse(message.content);
    const text = typeof value === "object" && value !== null && "text" in value ? value.text : undefined;
    return typeof text === "string" ? text : undefined;
  } catch {
    return undefined;
  }
}
