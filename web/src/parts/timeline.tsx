import type { Conversation } from "@longwave/client";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { Virtualizer, type VirtualizerHandle } from "virtua";
import { rowsOf, type Row } from "../rows";
import { useClient, useConversation, useView } from "../views";
import { reasonOf, words } from "../words/words";
import { Down } from "./icons";
import { MessageRow } from "./message-row";

/** The distance from the end that counts as being there, in pixels. */
const END = 48;

/**
 * Maximum number of unread messages to load at once to open at the first one; of more, only the newest are
 * shown.
 */
const CATCH_UP = 300;

/** The distance from the beginning at which the previous page is loaded, in pixels. */
const AHEAD = 800;

/** The rendered height above and below the screen, in pixels: a fast scroll crosses it in a frame or two. */
const BUFFER = 800;

/** Number of frames without any change of size after which the sizes on the screen count as known. */
const STILL = 10;

/**
 * The messages of a conversation. It opens at the first unread one, and stays at the end once it is there.
 */
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
  /** The position to keep: the end, or the first new row at the top while the sizes of rows become known. */
  const held = useRef<"end" | "begin" | "nothing">("end");
  const lastKey = useRef<string>(undefined);
  const askedToRead = useRef(0);
  /** The seq of the lowest message on the screen of a focused window. */
  const seen = useRef(0);
  /** The scroll position of the end at the last layout, in pixels. */
  const laidOutEnd = useRef(0);
  /** Whether the rows have been laid out: before that, no size is known and no row is on the screen. */
  const isLaidOut = useRef(false);
  const [isAtEnd, setAtEnd] = useState(true);

  // The list's own scrolling to a row is not used: it continues for a while, against the user's scrolling.
  const toEnd = () => {
    // A hidden page does not follow the end: messages that arrive meanwhile would never be seen.
    held.current = document.hidden ? "nothing" : "end";
    scroller.current?.scrollTo({ top: scroller.current.scrollHeight });
  };

  /** Handles the rows on the screen: marks them read, and loads earlier ones ahead. */
  const look = () => {
    if (!list.current || !scroller.current || entries.length === 0) return;
    // The list is notified of a scroll later.
    const { scrollTop, clientHeight } = scroller.current;
    const wantsOlder = !opened.current || scrollTop < AHEAD;
    if (hasOlder && !isLoading && !error && wantsOlder) void timeline.loadOlder();
    if (!isLaidOut.current || document.hidden || !document.hasFocus()) return;
    seen.current = seqAt(rows, list.current.findItemIndex(scrollTop + clientHeight - 1));
    // While the sizes of rows become known, the screen may show rows that it will not show in a moment.
    if (held.current !== "begin") report();
  };

  /** Reports the seen messages to the server, unless it knows them. */
  const report = () => {
    const upTo = seen.current;
    if (!conversation || upTo <= askedToRead.current || upTo <= conversation.read_seq) return;
    askedToRead.current = upTo;
    client.markRead(conversationId, upTo).catch(() => {
      if (askedToRead.current === upTo) askedToRead.current = 0;
    });
  };

  /**
   * Only scrolling up leaves the end. A position before the next layout does not show that: the end has
   * moved, forward with a new message or back with a known size, and moved the screen with it.
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

  /** Restores the kept position after a layout. */
  const settle = () => {
    if (held.current === "end") toEnd();
    if (held.current === "begin") toBegin();
    if (scroller.current) laidOutEnd.current = endOf(scroller.current);
    isLaidOut.current = opened.current;
    measure();
    look();
  };

  /** Messages that arrive while the page is hidden are new to a returning user. */
  const turn = () => {
    // A user who leaves may not return.
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

/** The maximum scroll position of an element, in pixels. */
function endOf({ scrollHeight, clientHeight }: Element): number {
  return scrollHeight - clientHeight;
}

/**
 * The seq of the last message that is not new. In a visible, fully read conversation later messages are not
 * new either.
 */
function markOf({ unread, read_seq, max_seq }: Conversation): number {
  if (unread > 0) return read_seq;
  return document.hidden ? max_seq : Infinity;
}

/**
 * Returns a function; calls `reached` some frames after its last call. No frames pass while the page is
 * hidden.
 */
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

/** The seq of a row, or of the last row before it with a seq. */
function seqAt(rows: readonly Row[], index: number): number {
  for (let at = index; at >= 0; at--) {
    const seq = rows[at]?.entry.seq;
    if (seq !== undefined) return seq;
  }
  return 0;
}
