import { Component, type ReactNode } from "react";
import { words } from "../words/words";
import { Mark } from "./icons";

/** Shows a notice in place of a page that could not be rendered. Stored data, such as unsent messages, stays. */
export class Boundary extends Component<{ readonly children: ReactNode }, { readonly isBroken: boolean }> {
  override state = { isBroken: false };

  static getDerivedStateFromError() {
    return { isBroken: true };
  }

  override render() {
    if (!this.state.isBroken) return this.props.children;
    return (
      <main className="front">
        <section className="card" role="alert" aria-labelledby="broken-title">
          <header className="front-header">
            <Mark />
            <h1 id="broken-title">{words.broken}</h1>
            <p>{words.brokenText}</p>
          </header>
          <button
            className="button primary"
            type="button"
            autoFocus
            onClick={() => {
              location.reload();
            }}
          >
            {words.reload}
          </button>
        </section>
      </main>
    );
  }
}
