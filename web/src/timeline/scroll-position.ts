import { useEffect, useEffectEvent, useLayoutEffect, useRef, useState } from "react";
import type { VirtualizerHandle } from "virtua";
import type { Row } from "./rows";
import { useStillness } from "./stillness";

/** The distance from the end that counts as being there, in pixels. */
const END = 48;

/** The part of the rows on the screen. */
export interface Viewport {
  /** The scroll position, in pixels. */
  readonly top: number;
  /** The index of the lowest row on the screen; `undefined` before the rows are laid out. */
  readonly lowest: number | undefined;
  /** Whether the first new row is kept at the top while the sizes of rows become known. */
  readonly isProvisional: boolean;
}

/**
 * Opens the rows at the first new one, or else at the end, and keeps that position until the user scrolls.
 * Calls `looked` whenever other rows may be on the screen.
 */
export function useScrollPosition(rows: readonly Row[], looked: (viewport: Viewport) => void) {
  const list = useRef<VirtualizerHandle>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const opened = useRef(false);
  /** The position to keep: the end, or the first new row at the top while the sizes of rows become known. */
  const held = useRef<"end" | "begin" | "nothing">("end");
  const lastKey = useRef<string>(undefined);
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

  /** Calls `looked` with the rows on the screen. */
  const look = () => {
    if (!list.current || !scroller.current) return;
    // The position is read from the element, since the list learns of a scroll later.
    const { scrollTop, clientHeight } = scroller.current;
    looked({
      top: scrollTop,
      lowest: isLaidOut.current ? list.current.findItemIndex(scrollTop + clientHeight - 1) : undefined,
      isProvisional: held.current === "begin",
    });
  };

  /**
   * Measures whether the user has scrolled away from the end. A position between a change of the rows and the
   * next layout does not show this: the end itself has moved, forward with a new message, or back as the
   * sizes of rows became known.
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

  const scrolled = () => {
    measure();
    look();
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

  /** Handles a change of the visibility of the page. */
  const turn = () => {
    if (document.hidden && held.current === "end") held.current = "nothing";
    measure();
    look();
  };

  useLayoutEffect(() => {
    const last = rows.at(-1)?.entry;
    if (!last) return;
    if (!opened.current) {
      opened.current = true;
      if (rows.some((row) => row.isNew)) toBegin();
      else toEnd();
    } else if (last.key !== lastKey.current && last.status === "sending") toEnd();
    lastKey.current = last.key;
  });

  const onResize = useEffectEvent(settle);
  useEffect(() => {
    const observer = new ResizeObserver(onResize);
    for (const { current } of [scroller, content]) if (current) observer.observe(current);
    return () => {
      observer.disconnect();
    };
  }, []);

  useEffect(look);

  return { list, scroller, content, isAtEnd, toEnd, release, scrolled, turn, look };
}

/** The maximum scroll position of an element, in pixels. */
function endOf({ scrollHeight, clientHeight }: Element): number {
  return scrollHeight - clientHeight;
}
