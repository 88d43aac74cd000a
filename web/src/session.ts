import type { Session } from "@longwave/client";

/** Where the page is: one origin may have several, each under a path of its own. */
const { pathname } = new URL(".", location.href);

/** The login is kept for all tabs of this browser, which share one poll. */
const KEY = pathname === "/" ? "longwave session" : `longwave session ${pathname}`;

/** The login that is kept; `undefined` where there is none, or storage is forbidden. */
export function keptSession(): Session | undefined {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "null");
    return isSession(kept) ? kept : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps a login; where storage is full or forbidden, it lasts as long as the page. */
export function keepSession(session: Session): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(session));
  } catch {
    // The page goes on without.
  }
}

/** Forgets a login, unless another one has taken its place. */
export function forgetSession(session: Session): void {
  if (keptSession()?.token !== session.token) return;
  try {
    localStorage.removeItem(KEY);
  } catch {
    // What cannot be written cannot be read either.
  }
}

/** Calls back when another tab has kept a login; gives the function that ends it. */
export function onSessionElsewhere(listener: (session: Session) => void): () => void {
  const changed = ({ key }: StorageEvent) => {
    const session = key === KEY ? keptSession() : undefined;
    if (session) listener(session);
  };
  window.addEventListener("storage", changed);
  return () => {
    window.removeEventListener("storage", changed);
  };
}

function isSession(value: unknown): value is Session {
  return (
    typeof value === "object" &&
    value !== null &&
    "userId" in value &&
    "token" in value &&
    typeof value.userId === "string" &&
    typeof value.token === "string"
  );
}
