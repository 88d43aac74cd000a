import { Virtualizer } from "virtua";
import { useMarkRead } from "../timeline/mark-read";
import { useOpening } from "../timeline/opening";
import { usePageEvents } from "../timeline/page-events";
import { useRows } from "../timeline/rows";
import { useScrollPosition } from "../timeline/scroll-position";
import { useClient, useConversation, useView } from "../views";
import { reasonOf, words } from "../words/words";
import { Down } from "./icons";
import { MessageRow } from "./message-row";

/** The distance from the beginning at which the previous page is loaded, in pixels. */
const AHEAD = 800;

/** The rendered height above and below the screen, in pixels: a fast scroll crosses it in a frame or two. */
const BUFFER = 800;

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
  const timeline = useClient().timeline(conversationId);
  const snapshot = useView(timeline);
  const { entries, hasOlder, isLoading, error } = snapshot;
  const conversation = useConversation(conversationId);
  const unread = conversation?.unread ?? 0;
  const opening = useOpening(snapshot, conversation);
  const { rows, isPrepended } = useRows(entries, opening);
  const { see, report } = useMarkRead(conversation, rows);

  // Marks the rows on the screen read, and loads earlier ones ahead.
  const { list, scroller, content, isAtEnd, toEnd, release, scrolled, turn, look } = useScrollPosition(
    rows,
    (viewport) => {
      if (entries.length === 0) return;
      const wantsOlder = !opening.isOpen || viewport.top < AHEAD;
      if (hasOlder && !isLoading && !error && wantsOlder) void timeline.loadOlder();
      see(viewport);
    },
  );

  usePageEvents({
    focused: look,
    left: report,
    turned: () => {
      // A user who leaves may not return.
      if (document.hidden) report();
      // Messages that arrive while the page is hidden are new to a returning user.
      opening.renewMark();
      turn();
    },
  });

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
            onScroll={scrolled}
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
                isRead={row.entry.seq !== undefined && row.entry.seq <= (conversation?.peer_read_seq ?? 0)}
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
          aria-label={unread > 0 ? `${words.toNewest}, ${words.unread(unread)}` : words.toNewest}
          title={words.toNewest}
          onClick={toEnd}
        >
          <Down />
          {unread > 0 && <span className="badge">{unread}</span>}
        </button>
      )}
    </div>
  );
}
