import { useSyncExternalStore } from "react";

/** The start of today in Unix milliseconds; updates the component at midnight. */
export function useToday(): number {
  return useSyncExternalStore(subscribe, today);
}

function today(): number {
  return new Date().setHours(0, 0, 0, 0);
}

function subscribe(changed: () => void): () => void {
  let timer: ReturnType<typeof setTimeout>;
  const wait = () => {
    timer = setTimeout(
      () => {
        changed();
        wait();
      },
      new Date().setHours(24, 0, 0, 0) - Date.now(),
    );
  };
  wait();
  // A sleeping device misses the timer at midnight.
  document.addEventListener("visibilitychange", changed);
  return () => {
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", changed);
  };
}
