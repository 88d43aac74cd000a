import type { Entry } from "@longwave/client";

/** A message in the timeline, with the elements above it. */
export interface Row {
  readonly entry: Entry;
  /** Whether the message is the first of its day. */
  readonly isNewDay: boolean;
  /** Whether the message was the first unread one when the conversation was opened. */
  readonly isNew: boolean;
  /** Whether the message is the first of consecutive ones by a sender: it shows the name. */
  readonly isHead: boolean;
}

/** The longest pause between consecutive messages, in milliseconds. */
const PAUSE = 5 * 60_000;

/** The rows of a conversation; messages by others after `readSeq` were unread when it was opened. */
export function rowsOf(entries: readonly Entry[], userId: string, readSeq: number): Row[] {
  let before: Entry | undefined;
  let seenNew = false;
  return entries.map((entry) => {
    const isNewDay = !before || dayNumber(before.send_time) !== dayNumber(entry.send_time);
    const isNew = !seenNew && entry.sender_id !== userId && (entry.seq ?? 0) > readSeq;
    seenNew ||= isNew;
    const isHead =
      isNewDay ||
      isNew ||
      before?.sender_id !== entry.sender_id ||
      entry.send_time - before.send_time > PAUSE;
    before = entry;
    return { entry, isNewDay, isNew, isHead };
  });
}

/** A number for each calendar day of this device. */
function dayNumber(millis: number): number {
  const date = new Date(millis);
  return (date.getFullYear() * 12 + date.getMonth()) * 31 + date.getDate();
}
