/** Start and end of a text whose direction does not affect the text around it. */
const [ISOLATE, END] = ["\u2068", "\u2069"];

/**
 * The text of another user as a separate line: without the characters that change the direction of later
 * text, and without line breaks. The stored text is unchanged.
 */
export function lineOf(text: string): string {
  return text
    .replace(/\p{Bidi_Control}/gu, "")
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ")
    .trim();
}

/** Whether a text has visible characters. */
export function isVisible(text: string): boolean {
  return /[^\p{Default_Ignorable_Code_Point}\p{Cc}\p{Z}\p{M}\u2800]/u.test(text);
}

/**
 * The text of another user within a sentence, a label or a title, whose direction does not affect the rest.
 */
export function isolate(text: string): string {
  return ISOLATE + lineOf(text) + END;
}
