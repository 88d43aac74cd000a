import type { Conversation } from "@longwave/client";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { Virtualizer, type VirtualizerHandle } from "virtua";
import { rowsOf, type Row } from "../rows";
import { useClient, useConversation, useView } from "../views";
import { reasonOf, words } from "../words/words";
import { Down } from "./icons";
import { MessageRow } from "./message-row";

/** How near to the end, in pixels, counts as being there. */
const END = 48;

/** How many unread messages are loaded at once to open where they begin; of more, the newest are shown. */
const CATCH_UP = 300;

/** How near to the beginning the page before is loaded, in pixels. */
const AHEAD = 800;

/** How much is rendered above and below the screen, in pixels: what a fast scroll crosses in a frame or two. */
const BUFFER = 800;

/** For how many frames nothing changes its size before the sizes of what is on the screen count as known. */
const STILL = 10;

/** The messages of a conversation. It opens where the unread ones begin, and stays at its end while it is there. */
export function Timeline({
  conversationId,
  isGroup,
}: {
  readonly conversationId: string;
  readonly isGroup: boolean;
}) {
  const client = useClient();
  const timeline = client.timeline(conversationId);
  const { entries, hasOlder, isLoading, error } = useView(timeline);
  const conversation = useConversation(conversationId);
  const { status } = useView(client.state);
  const isCutOff = status === "offline" || status === "waiting";

  // The mark of what is new stays where it was when the conversation was opened. What was missed is not known
  // before the client has caught up.
  const [readSeq, setReadSeq] = useState<number>();
  const isSettled = status !== "connecting";
  const isMarked = readSeq !== undefined || !conversation;
  if (!isMarked && isSettled) setReadSeq(markOf(conversation));
  const mark = readSeq ?? Infinity;
  const first = entries[0]?.seq;
  // What is not sent yet has no seq, and tells nothing of what was loaded.
  const isMarkLoaded = !hasOlder || (first === undefined ? mark === Infinity : first <= mark + 1);
  const isKnown = isMarkLoaded || Boolean(error) || (conversation?.unread ?? 0) > CATCH_UP || isCutOff;
  // Nothing is shown before it is known where to begin: to move what is shown already would be seen.
  const [isOpen, setOpen] = useState(false);
  if (!isOpen && isSettled && isMarked && isKnown && entries.length > 0) setOpen(true);
  const shownMark = isMarkLoaded ? mark : Infinity;
  const rows = useMemo(
    () => (isOpen ? rowsOf(entries, client.userId, shownMark) : []),
    [isOpen, entries, client.userId, shownMark],
  );
  const isPrepended = usePrepended(rows);

  const list = useRef<VirtualizerHandle>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const opened = useRef(false);
  /** What stays in its place: the end, or the first new row at the top while the sizes of rows become known. */
  const held = useRef<"end" | "begin" | "nothing">("end");
  const lastKey = useRef<string>(undefined);
  const askedToRead = useRef(0);
  /** The seq of the lowest message that the screen shows to a user whose window has the focus. */
  const seen = useRef(0);
  /** Where the end was when the screen was last laid out, in pixels scrolled. */
  const laidOutEnd = useRef(0);
  /** Whether the rows have been laid out: before that, no size is known and nothing is on the screen. */
  const isLaidOut = useRef(false);
  const [isAtEnd, setAtEnd] = useState(true);

  // The list's own way to scroll to a row is not used: it goes on for a while, against who scrolls meanwhile.
  const toEnd = () => {
    // A hidden page does not follow it: what comes meanwhile would never be seen.
    held.current = document.hidden ? "nothing" : "end";
    scroller.current?.scrollTo({ top: scroller.current.scrollHeight });
  };

  /** Looks at what is on the screen: what was seen is read, and what comes before is loaded ahead. */
  const look = () => {
    if (!list.current || !scroller.current || entries.length === 0) return;
    // The list hears of a scroll later.
    const { scrollTop, clientHeight } = scroller.current;
    const wantsOlder = !opened.current || scrollTop < AHEAD;
    if (hasOlder && !isLoading && !error && wantsOlder) void timeline.loadOlder();
    if (!isLaidOut.current || document.hidden || !document.hasFocus()) return;
    seen.current = seqAt(rows, list.current.findItemIndex(scrollTop + clientHeight - 1));
    // While the sizes of rows become known, the screen may still show what it will not in a moment.
    if (held.current !== "begin") report();
  };

  /** Tells the server what was seen, unless it knows. */
  const report = () => {
    const upTo = seen.current;
    if (!conversation || upTo <= askedToRead.current || upTo <= conversation.read_seq) return;
    askedToRead.current = upTo;
    client.markRead(conversationId, upTo).catch(() => {
      if (askedToRead.current === upTo) askedToRead.current = 0;
    });
  };

  /**
   * Only who scrolls up leaves the end. A position on a screen that is still to be laid out tells nothing of that:
   * the end has moved, on as a message came or back as a size became known, and took the screen along.
   */
  const measure = () => {
    const { current } = scroller;
    if (!current) return;
    const end = endOf(current);
    const isNear = end - current.scrollTop < END;
    if (held.current !== "begin" && !document.hidden) {
      if (isNear) held.current = "end";
      else if (end === laidOutEnd.current) held.current = "nothing";
    }
    setAtEnd(held.current === "end" || isNear);
  };

  const release = () => {
    if (held.current !== "begin") return;
    held.current = "nothing";
    measure();
    look();
  };
  const whenStill = useStillness(release);

  const toBegin = () => {
    held.current = "begin";
    const firstNew = rows.findIndex((row) => row.isNew);
    scroller.current?.scrollTo({ top: list.current?.getItemOffset(firstNew) ?? 0 });
    whenStill();
  };

  /** Keeps in its place what is held, on a screen that was laid out anew. */
  const settle = () => {
    if (held.current === "end") toEnd();
    if (held.current === "begin") toBegin();
    if (scroller.current) laidOutEnd.current = endOf(scroller.current);
    isLaidOut.current = opened.current;
    measure();
    look();
  };

  /** What comes while the page is hidden is new to who comes back. */
  const turn = () => {
    // Whoever turns away may not come back.
    if (document.hidden) report();
    if (readSeq !== undefined && conversation?.unread === 0) setReadSeq(markOf(conversation));
    if (document.hidden && held.current === "end") held.current = "nothing";
    measure();
    look();
  };

  const latest = useRef({ look, report, settle, turn });
  useLayoutEffect(() => {
    latest.current = { look, report, settle, turn };
    const last = rows.at(-1)?.entry;
    if (!last) return;
    if (!opened.current) {
      opened.current = true;
      if (rows.some((row) => row.isNew)) toBegin();
      else toEnd();
    } else if (last.key !== lastKey.current && last.status === "sending") toEnd();
    lastKey.current = last.key;
  });

  useEffect(() => {
    const observer = new ResizeObserver(() => {
      latest.current.settle();
    });
    for (const { current } of [scroller, content]) if (current) observer.observe(current);
    return () => {
      observer.disconnect();
    };
  }, []);

  useEffect(look);
  useEffect(() => {
    const again = () => {
      latest.current.look();
    };
    const turned = () => {
      latest.current.turn();
    };
    const leave = () => {
      latest.current.report();
    };
    window.addEventListener("focus", again);
    window.addEventListener("blur", leave);
    window.addEventListener("pagehide", leave);
    document.addEventListener("visibilitychange", turned);
    return () => {
      leave();
      window.removeEventListener("focus", again);
      window.removeEventListener("blur", leave);
      window.removeEventListener("pagehide", leave);
      document.removeEventListener("visibilitychange", turned);
    };
  }, []);

  return (
    <div className="timeline">
      {isLoading && hasOlder && (
        <p className="floating top" role="status">
          {words.loadingOlder}
        </p>
      )}
      <div
        ref={scroller}
        className="scroller"
        role="feed"
        aria-label={words.messages}
        aria-busy={isLoading}
        tabIndex={0}
        onWheel={release}
        onTouchStart={release}
        onPointerDown={release}
        onKeyDown={release}
      >
        <div className="filler" />
        {!hasOlder && rows.length === 0 && <p className="beginning">{words.beginning}</p>}
        <div ref={content}>
          <Virtualizer
            ref={list}
            scrollRef={scroller}
            data={rows}
            shift={isPrepended}
            bufferSize={BUFFER}
            onScroll={() => {
              measure();
              look();
            }}
          >
            {(row, index) => (
              <MessageRow
                key={row.entry.key}
                entry={row.entry}
                isNewDay={row.isNewDay}
                isNew={row.isNew}
                isHead={row.isHead}
                isFirst={index === 0 && !hasOlder}
                isGroup={isGroup}
                position={index + 1}
                size={hasOlder ? -1 : rows.length}
              />
            )}
          </Virtualizer>
        </div>
      </div>
      {error && (
        <p className="floating top error" role="alert">
          {reasonOf(error)}{" "}
          <button className="link" type="button" onClick={() => void timeline.loadOlder()}>
            {words.retry}
          </button>
        </p>
      )}
      {!isAtEnd && (
        <button
          className="to-end"
          type="button"
          aria-label={words.toNewest}
          title={words.toNewest}
          onClick={toEnd}
        >
          <Down />
          {conversation && conversation.unread > 0 && <span className="badge">{conversation.unread}</span>}
        </button>
      )}
    </div>
  );
}

/** How far an element can be scrolled, in pixels. */
function endOf({ scrollHeight, clientHeight }: Element): number {
  return scrollHeight - clientHeight;
}

/** Up to where nothing is new: while the page is shown, what comes to a conversation that is read is not either. */
function markOf({ unread, read_seq, max_seq }: Conversation): number {
  if (unread > 0) return read_seq;
  return document.hidden ? max_seq : Infinity;
}

/** Calls back once some frames have passed since the last call of what it gives; none do while the page is hidden. */
function useStillness(reached: () => void): () => void {
  const frame = useRef(0);
  const latest = useRef(reached);
  useLayoutEffect(() => {
    latest.current = reached;
  });
  useEffect(
    () => () => {
      cancelAnimationFrame(frame.current);
    },
    [],
  );
  return () => {
    const wait = (left: number) => {
      cancelAnimationFrame(frame.current);
      frame.current = requestAnimationFrame(() => {
        if (left > 0) wait(left - 1);
        else latest.current();
      });
    };
    wait(STILL);
  };
}

/** Whether the last change of the rows put others before them: the screen then stays where it is. */
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

/** The seq of a row, or of the last one before it that has one. */
function seqAt(rows: readonly Row[], index: number): number {
  for (let at = index; at >= 0; at--) {
    const seq = rows[at]?.entry.seq;
    if (seq !== undefined) return seq;
  }
  return 0;
}
