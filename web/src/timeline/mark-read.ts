import type { Conversation } from "@longwave/client";
import { useRef } from "react";
import { useClient } from "../views";
import { seqAt, type Row } from "./rows";
import type { Viewport } from "./scroll-position";

/** Marks messages read that were on the screen, up to the lowest one. */
export function useMarkRead(conversation: Conversation | undefined, rows: readonly Row[]) {
  const client = useClient();
  const askedToRead = useRef(0);
  /** The seq of the lowest message on the screen of a focused window. */
  const seen = useRef(0);

  /** Reports the seen messages to the server, unless it knows them. */
  const report = () => {
    const upTo = seen.current;
    if (!conversation || upTo <= askedToRead.current || upTo <= conversation.read_seq) return;
    askedToRead.current = upTo;
    client.markRead(conversation.conversation_id, upTo).catch(() => {
      if (askedToRead.current === upTo) askedToRead.current = 0;
    });
  };

  /** Takes in the rows on the screen, and reports the seen messages. */
  const see = ({ lowest, isProvisional }: Viewport) => {
    if (lowest === undefined || document.hidden || !document.hasFocus()) return;
    seen.current = seqAt(rows, lowest);
    // While the sizes of rows become known, the screen may show rows that it will not show in a moment.
    if (!isProvisional) report();
  };

  return { see, report };
}
