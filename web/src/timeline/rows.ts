import type { Entry } from "@longwave/client";
import { useMemo, useState } from "react";
import { useClient } from "../views";
import type { Opening } from "./opening";

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

/** The rows of an open conversation, and whether the last change prepended some. */
export function useRows(entries: readonly Entry[], { isOpen, mark }: Opening) {
  const { userId } = useClient();
  const rows = useMemo(() => (isOpen ? rowsOf(entries, userId, mark) : []), [isOpen, entries, userId, mark]);
  return { rows, isPrepended: usePrepended(rows) };
}

/** The seq of a row, or of the last row before it with a seq. */
export function seqAt(rows: readonly Row[], index: number): number {
  for (let at = index; at >= 0; at--) {
    const seq = rows[at]?.entry.seq;
    if (seq !== undefined) return seq;
  }
  return 0;
}

/** The rows of a conversation; messages by others after `readSeq` were unread when it was opened. */
function rowsOf(entries: readonly Entry[], userId: string, readSeq: number): Row[] {
  let before: Entry | undefined;
  let seenNew = false;
  const shown = entries.filter(({ erased }) => erased !== "removed");
  return shown.map((entry) => {
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

/** Whether the last change prepended rows: the screen then keeps its position. */
function usePrepended(rows: readonly Row[]): boolean {
  const [known, setKnown] = useState({ rows, isPrepended: false });
  if (known.rows === rows) return known.isPrepended;
  const isLonger = rows.length > known.rows.length && known.rows.length > 0;
  const isPrepended =
    isLonger && keyAt(rows, 0) !== keyAt(known.rows, 0) && keyAt(rows, -1) === keyAt(known.rows, -1);
  setKnown({ rows, isPrepended });
  return isPrepended;
}

function keyAt(rows: readonly Row[], index: number): string | undefined {
  return rows.at(index)?.entry.key;
}
