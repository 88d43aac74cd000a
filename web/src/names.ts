/** What starts and ends a piece of text whose direction concerns nothing around it. */
const [ISOLATE, END] = ["\u2068", "\u2069"];

/**
 * Somebody else's text as a line of its own shows it: without the characters that turn the direction of what
 * follows, and without line breaks. It is stored as it was written.
 */
export function lineOf(text: string): string {
  return text
    .replace(/\p{Bidi_Control}/gu, "")
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ")
    .trim();
}

/** Whether there is something to see in a text. */
export function isVisible(text: string): boolean {
  return /[^\p{Default_Ignorable_Code_Point}\p{Cc}\p{Z}\p{M}\u2800]/u.test(text);
}

/** Somebody else's text within a sentence, a label or a title: in whatever direction it runs, the rest stays as it is. */
export function isolate(text: string): string {
  return ISOLATE + lineOf(text) + END;
}
