import type { Reason } from "@longwave/client";
import { Mark } from "../parts/icons";
import { words } from "../words/words";

/**
 * Shows why the login ended. The page never logs in again by itself: two devices would keep ending each
 * other's logins.
 */
export function Ended({
  reason,
  onLeave,
}: {
  readonly reason: Reason | undefined;
  readonly onLeave: () => void;
}) {
  const [title, text] = textsOf(reason);
  return (
    <main className="front">
      <section className="card" role="alert" aria-labelledby="ended-title">
        <header className="front-header">
          <Mark />
          <h1 id="ended-title">{title}</h1>
          <p>{text}</p>
        </header>
        <button className="button primary" type="button" autoFocus onClick={onLeave}>
          {words.signInAgain}
        </button>
      </section>
    </main>
  );
}

function textsOf(reason: Reason | undefined): [title: string, text: string] {
  switch (reason) {
    case "new_login":
      return [words.signedInElsewhere, words.signedInElsewhereText];
    case "token_expired":
      return [words.sessionExpired, words.sessionExpiredText];
    case "revoked":
      return [words.sessionRevoked, words.sessionRevokedText];
    case "logout":
    case "unknown":
    case undefined:
      return [words.sessionOver, words.sessionOverText];
  }
}
