import { recoveryOf, type Failure } from "@longwave/client";
import { en } from "./en";
import { zh } from "./zh";

const isChinese = /^zh\b/i.test(navigator.languages.find((tag) => /^(en|zh)\b/i.test(tag)) ?? "en");

/** The texts of the page, in the browser's language. */
export const words = isChinese ? zh : en;

/** The language of {@link words}. */
export const language = isChinese ? "zh" : "en";

/** The message to the user about a failed call. */
export function reasonOf(failure: Failure): string {
  if (failure.status === 429) return words.tooMany(Math.ceil((failure.retryAfter ?? 1000) / 1000));
  if (recoveryOf(failure) === "bounded") return words.intercepted;
  if (failure.kind === "transport" || failure.kind === "protocol") return words.noAnswer;
  return words.errors[failure.code ?? 0] ?? words.failedText;
}

// The format of dates is that of the browser's first language, if the page supports it.
const locale = navigator.languages.find((tag) => tag.startsWith(language)) ?? language;
const time = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" });
const date = new Intl.DateTimeFormat(locale, { day: "numeric", month: "long", year: "numeric" });
const short = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" });
const full = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "medium" });

/** The time of day. */
export function timeOf(millis: number): string {
  return time.format(millis);
}

/** Date and time, to the second. */
export function momentOf(millis: number): string {
  return full.format(millis);
}

/** Number of midnights between a moment and the start of today, by this device's clock. */
function daysAgo(millis: number, today: number): number {
  return Math.round((today - new Date(millis).setHours(0, 0, 0, 0)) / 86_400_000);
}

/** The day in the form of a separator. */
export function dayOf(millis: number, today: number): string {
  const ago = daysAgo(millis, today);
  if (ago === 0) return words.today;
  if (ago === 1) return words.yesterday;
  return (ago > 0 && ago < 180 ? day : date).format(millis);
}

/** The time of a moment today, else its day, in the short form of a list. */
export function shortTimeOf(millis: number, today: number): string {
  const ago = daysAgo(millis, today);
  if (ago === 0) return timeOf(millis);
  return ago === 1 ? words.yesterday : short.format(millis);
}
