import type { State } from "@longwave/client";
import { useEffect, useState } from "react";
import { useClient, useView } from "../views";
import { words } from "../words/words";

/** The state of the connection to the server; always visible. */
export function Connection() {
  const state = useView(useClient().state);
  return (
    <p className="connection" data-status={state.status}>
      {/* The seconds are not part of the status: a screen reader would read out each of them. */}
      <span role="status">{labelOf(state)}</span>
      {state.status === "waiting" && <Countdown key={state.retryIn} milliseconds={state.retryIn} />}
    </p>
  );
}

function Countdown({ milliseconds }: { readonly milliseconds: number }) {
  const [left, setLeft] = useState(Math.ceil(milliseconds / 1000));
  useEffect(() => {
    const timer = setInterval(() => {
      setLeft((left) => Math.max(0, left - 1));
    }, 1000);
    return () => {
      clearInterval(timer);
    };
  }, []);
  return <span aria-hidden="true">, {words.retryIn(left)}</span>;
}

function labelOf(state: State): string {
  switch (state.status) {
    case "online":
      return words.online;
    case "connecting":
      return words.connecting;
    case "offline":
      return words.offline;
    case "waiting":
      return words.waiting;
    case "kicked":
    case "closed":
      return words.sessionOver;
  }
}
