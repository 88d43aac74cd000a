import { useEffect, useEffectEvent } from "react";

interface Handlers {
  /** Called when the window gets the focus. */
  readonly focused: () => void;
  /** Called when the user leaves the window, the page or the conversation. */
  readonly left: () => void;
  /** Called when the page becomes hidden or visible. */
  readonly turned: () => void;
}

/** Calls the latest handlers when the user leaves or returns. */
export function usePageEvents({ focused, left, turned }: Handlers): void {
  const onFocus = useEffectEvent(focused);
  const onLeave = useEffectEvent(left);
  const onTurn = useEffectEvent(turned);
  useEffect(() => {
    window.addEventListener("focus", onFocus);
    window.addEventListener("blur", onLeave);
    window.addEventListener("pagehide", onLeave);
    document.addEventListener("visibilitychange", onTurn);
    return () => {
      onLeave();
      window.removeEventListener("focus", onFocus);
      window.removeEventListener("blur", onLeave);
      window.removeEventListener("pagehide", onLeave);
      document.removeEventListener("visibilitychange", onTurn);
    };
  }, []);
}
