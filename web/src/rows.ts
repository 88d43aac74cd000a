import type { Entry } from "@longwave/client";

/** A message as the timeline shows it, with what stands above it. */
export interface Row {
  readonly entry: Entry;
  /** The first of its day. */
  readonly isNewDay: boolean;
  /** The first that was unread when the conversation was opened. */
  readonly isNew: boolean;
  /** The first of what one person wrote in one go: it shows the name. */
  readonly isHead: boolean;
}

/** How long somebody may pause in what is shown as written in one go. */
const PAUSE = 5 * 60_000;

/** What to show of a conversation; others' messages behind `readSeq` were unread when it was opened. */
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

/** A number for each day of the calendar here. */
function dayNumber(millis: number): number {
  const date = new Date(millis);
  return (date.getFullYear() * 12 + date.getMonth()) * 31 + date.getDate();
}
