import type { Session } from "@longwave/client";

/** The path of the page: one origin may have several pages at different paths. */
const { pathname } = new URL(".", location.href);

/** The login is stored for all tabs of this browser, which share one poll. */
const KEY = pathname === "/" ? "longwave session" : `longwave session ${pathname}`;

/** The stored login; `undefined` if there is none, or storage is forbidden. */
export function keptSession(): Session | undefined {
  try {
    return sessionIn(localStorage.getItem(KEY));
  } catch {
    return undefined;
  }
}

/** Stores a login; if storage is full or forbidden, the login lasts as long as the page. */
export function keepSession(session: Session): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(session));
  } catch {
    // The page works without storage.
  }
}

/** Deletes a stored login, unless another one has replaced it. */
export function forgetSession(session: Session): void {
  if (keptSession()?.token !== session.token) return;
  try {
    localStorage.removeItem(KEY);
  } catch {
    // If storage cannot be written, it cannot be read either.
  }
}

/** Calls the listener when another tab has stored a login; returns the function that unsubscribes. */
export function onSessionElsewhere(listener: (session: Session) => void): () => void {
  const changed = ({ key, newValue }: StorageEvent) => {
    // This tab may have deleted its own login at the same time, and with it the new one.
    const session = key === KEY ? sessionIn(newValue) : undefined;
    if (session) listener(session);
  };
  window.addEventListener("storage", changed);
  return () => {
    window.removeEventListener("storage", changed);
  };
}

function sessionIn(stored: string | null): Session | undefined {
  try {
    const session: unknown = JSON.parse(stored ?? "null");
    return isSession(session) ? session : undefined;
  } catch {
    return undefined;
  }
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
