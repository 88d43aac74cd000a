// The other tabs of a browser, controlled by the test, for notes at exact moments.
import type { TabTools } from "../../src/index.js";
import type { Note } from "../../src/share.js";

export class Others {
  /** The notes of the tab to the others, without the reports that it runs. */
  readonly posted: Note[] = [];
  #listener: BroadcastChannel["onmessage"] = null;
  #lead: () => void = () => undefined;
  #take: () => void = () => undefined;
  #isClosed = false;

  /** Sends the tab a note. */
  say(note: Note): void {
    this.#listener?.call(undefined as never, { data: structuredClone(note) } as MessageEvent);
  }

  /** Makes the tab lead. */
  lead(): void {
    this.#lead();
  }

  /** Takes the lead from the tab. */
  take(): void {
    this.#take();
  }

  /** The tab's notes of one kind. */
  postedOf<K extends Note["kind"]>(kind: K): Extract<Note, { kind: K }>[] {
    return this.posted.filter((note): note is Extract<Note, { kind: K }> => note.kind === kind);
  }

  readonly tools: TabTools = {
    channel: () => {
      const others = this as Others;
      return {
        set onmessage(listener: BroadcastChannel["onmessage"]) {
          others.#listener = listener;
        },
        postMessage(note: Note) {
          if (others.#isClosed) throw new DOMException("the channel is closed", "InvalidStateError");
          if (typeof note === "object") others.posted.push(structuredClone(note));
        },
        close() {
          others.#isClosed = true;
        },
      } as BroadcastChannel;
    },
    locks: {
      request: ((_: string, { signal }: LockOptions, lead: () => Promise<unknown>) =>
        new Promise<unknown>((resolve, reject) => {
          this.#lead = () => {
            lead().then(resolve, reject);
          };
          this.#take = () => {
            reject(new DOMException("taken", "AbortError"));
          };
          signal?.addEventListener("abort", () => {
            reject(new DOMException("given up", "AbortError"));
          });
        })) as LockManager["request"],
    },
  };
}
