import type { Conversation, TimelineSnapshot } from "@longwave/client";
import { useState } from "react";
import { useClient, useView } from "../views";

/**
 * Maximum number of unread messages to load at once to open at the first one; of more, only the newest are
 * shown.
 */
const CATCH_UP = 300;

/** The position at which a conversation opens. */
export interface Opening {
  /** Whether the position is known, and messages may be shown. */
  readonly isOpen: boolean;
  /** The seq of the last message that is not new; `Infinity` if there is no new one, or it is not loaded. */
  readonly mark: number;
  /** Computes the mark of a fully read conversation again, for a page that was hidden or shown. */
  readonly renewMark: () => void;
}

/** The position at which a conversation opens: the first unread message, or else the end. */
export function useOpening(
  { entries, hasOlder, error }: TimelineSnapshot,
  conversation: Conversation | undefined,
): Opening {
  const { status } = useView(useClient().state);
  const isCutOff = status === "offline" || status === "waiting";

  // The mark of new messages stays where it was when the conversation was opened. Missed messages are unknown
  // until the client has caught up.
  const [readSeq, setReadSeq] = useState<number>();
  const isSettled = status !== "connecting";
  const isMarked = readSeq !== undefined || !conversation;
  if (!isMarked && isSettled) setReadSeq(markOf(conversation));
  const mark = readSeq ?? Infinity;
  const first = entries[0]?.seq;
  // An unsent message has no seq, and says nothing about the loaded ones.
  const isMarkLoaded = !hasOlder || (first === undefined ? mark === Infinity : first <= mark + 1);
  const isKnown = isMarkLoaded || Boolean(error) || (conversation?.unread ?? 0) > CATCH_UP || isCutOff;
  // No message is shown before the start position is known: moving shown messages would be visible.
  const [isOpen, setOpen] = useState(false);
  if (!isOpen && isSettled && isMarked && isKnown && entries.length > 0) setOpen(true);

  return {
    isOpen,
    mark: isMarkLoaded ? mark : Infinity,
    renewMark: () => {
      if (readSeq !== undefined && conversation?.unread === 0) setReadSeq(markOf(conversation));
    },
  };
}

/**
 * The seq of the last message that is not new. In a visible, fully read conversation later messages are not
 * new either.
 */
function markOf({ unread, read_seq, max_seq }: Conversation): number {
  if (unread > 0) return read_seq;
  return document.hidden ? max_seq : Infinity;
}
