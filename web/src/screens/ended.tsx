import type { Reason } from "@longwave/client";
import { Mark } from "../parts/icons";
import { words } from "../words/words";

/**
 * Gives the reason why the login ended. Only the user logs in again: two devices would otherwise keep ending
 * each other's logins.
 */
export function Ended({
  reason,
  onLeave,
}: {
  readonly reason: Reason | undefined;
  readonly onLeave: () => void;
}) {
  const [title, text] = tellingOf(reason);
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

function tellingOf(reason: Reason | undefined): [title: string, text: string] {
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
