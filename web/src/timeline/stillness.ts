import { useEffect, useLayoutEffect, useRef } from "react";

/** Number of frames without any change of size after which the sizes on the screen count as known. */
const STILL = 10;

/**
 * Returns a function; calls `reached` some frames after its last call. No frames pass while the page is
 * hidden.
 */
export function useStillness(reached: () => void): () => void {
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
