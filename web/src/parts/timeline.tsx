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

  // The mark of what is new stays where it was when the conversation was opened.
  const [readSeq, setReadSeq] = useState<number>();
  if (readSeq === undefined && conversation)
    setReadSeq(conversation.unread > 0 ? conversation.read_seq : Infinity);
  const isMarkLoaded = !hasOlder || (entries[0]?.seq ?? 0) <= (readSeq ?? Infinity) + 1;
  const mark = isMarkLoaded ? (readSeq ?? Infinity) : Infinity;
  const isReady = isMarkLoaded || Boolean(error) || (conversation?.unread ?? 0) > CATCH_UP;
  // Nothing is shown before it is known where to begin: to move what is shown already would be seen.
  const [isOpen, setOpen] = useState(false);
  if (!isOpen && isReady && entries.length > 0) setOpen(true);
  const rows = useMemo(
    () => (isOpen ? rowsOf(entries, client.userId, mark) : []),
    [isOpen, entries, client.userId, mark],
  );
  const isPrepended = usePrepended(rows);

  const list = useRef<VirtualizerHandle>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const opened = useRef(false);
  const stays = useRef(true);
  const lastKey = useRef<string>(undefined);
  const askedToRead = useRef(0);
  /** Where the end was when the screen was last laid out, in pixels scrolled. */
  const laidOutEnd = useRef(0);
  const [isAtEnd, setAtEnd] = useState(true);

  // The list's own way to scroll to a row is not used: it goes on for a while, against who scrolls meanwhile.
  const toEnd = () => {
    stays.current = true;
    scroller.current?.scrollTo({ top: scroller.current.scrollHeight });
  };

  /** Looks at what is on the screen: what was seen is read, and what comes before is loaded ahead. */
  const look = () => {
    const { current } = list;
    if (!current || entries.length === 0) return;
    const wantsOlder = !opened.current || current.scrollOffset < AHEAD;
    if (hasOlder && !isLoading && !error && wantsOlder) void timeline.loadOlder();
    if (!opened.current) return;
    if (document.visibilityState !== "visible" || !document.hasFocus()) return;
    const seen = seqAt(rows, current.findItemIndex(current.scrollOffset + current.viewportSize - 1));
    if (!conversation || seen <= askedToRead.current || seen <= conversation.read_seq) return;
    askedToRead.current = seen;
    client.markRead(conversationId, seen).catch(() => {
      askedToRead.current = 0;
    });
  };

  /** Only who scrolls up leaves the end: that it has moved on since is no reason. */
  const measure = () => {
    const { current } = scroller;
    if (!current) return;
    if (endOf(current) - current.scrollTop < END) stays.current = true;
    else if (laidOutEnd.current - current.scrollTop >= END) stays.current = false;
    setAtEnd(stays.current);
  };

  useLayoutEffect(() => {
    const last = rows.at(-1)?.entry;
    if (!last) return;
    if (!opened.current) {
      opened.current = true;
      const firstNew = rows.findIndex((row) => row.isNew);
      if (firstNew < 0) toEnd();
      else {
        stays.current = false;
        scroller.current?.scrollTo({ top: list.current?.getItemOffset(firstNew) ?? 0 });
      }
    } else if (last.key !== lastKey.current && last.status === "sending") toEnd();
    lastKey.current = last.key;
  });

  useEffect(() => {
    const observer = new ResizeObserver(() => {
      if (stays.current) toEnd();
      if (scroller.current) laidOutEnd.current = endOf(scroller.current);
      measure();
    });
    for (const { current } of [scroller, content]) if (current) observer.observe(current);
    return () => {
      observer.disconnect();
    };
  }, []);

  const latestLook = useRef(look);
  useEffect(() => {
    latestLook.current = look;
    look();
  });
  useEffect(() => {
    const again = () => {
      latestLook.current();
    };
    window.addEventListener("focus", again);
    document.addEventListener("visibilitychange", again);
    return () => {
      window.removeEventListener("focus", again);
      document.removeEventListener("visibilitychange", again);
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
          {reasonOf(error)}
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

/** Whether the last change of the rows put others before them: the screen then stays where it is. */
function usePrepended(rows: readonly Row[]): boolean {
  const [known, setKnown] = useState({ rows, isPrepended: false });
  if (known.rows === rows) return known.isPrepended;
  const isLonger = rows.length > known.rows.length && known.rows.length > 0;
  const isPrepended = isLonger && rows.at(-1)?.entry.key === known.rows.at(-1)?.entry.key;
  setKnown({ rows, isPrepended });
  return isPrepended;
}

/** The seq of a row, or of the last one before it that has one. */
function seqAt(rows: readonly Row[], index: number): number {
  for (let at = index; at >= 0; at--) {
    const seq = rows[at]?.entry.seq;
    if (seq !== undefined) return seq;
  }
  return 0;
}
