import { textOf } from "./content.js";
import type { Message, Quote } from "./types.js";

/** Maximum length of a preview, in bytes of UTF-8. */
const PREVIEW = 200;

/** A message, or an entry, after a message of its conversation changed, which it may quote. */
export function requoted<T extends { readonly quote?: Quote }>(quoting: T, changed: Message): T {
  const { seq, sender_id, content_type, status } = changed;
  if (quoting.quote?.seq !== seq || quoting.quote.sender_id === undefined) return quoting;
  const preview = previewOf(changed);
  const quote = { seq, sender_id, content_type, ...(preview && { preview }), ...(status && { status }) };
  return { ...quoting, quote };
}

/** The first bytes of the text of a message, cut at a character; `undefined` without a text. */
function previewOf(message: Message): string | undefined {
  const text = textOf(message);
  if (text === undefined) return undefined;
  const bytes = new TextEncoder().encode(text).subarray(0, PREVIEW);
  // A stream keeps an incomplete character back.
  return new TextDecoder().decode(bytes, { stream: true });
}

/** Whether a message may be kept: what it quotes can change without a change of the message itself. */
export function isLasting(message: Message): boolean {
  return message.quote === undefined;
}
