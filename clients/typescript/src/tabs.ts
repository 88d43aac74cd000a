/** How often a leader reports that it runs, and the other tabs look for that, in milliseconds. */
const BEAT = 10_000;

/** Number of beats without a report after which a visible tab takes the lead. */
const MISSING = 4;

/** The report of a leader. */
const RUNNING = "running";

/** The tabs that share one poll: one of them leads. */
export interface Tabs {
  /**
   * Runs `lead` whenever this tab leads, until `signal` is aborted. The signal that `lead` receives is aborted
   * then, and when a visible tab takes the lead because this tab did not run for {@link MISSING} beats: at
   * most one tab leads at any time, except that a suspended one learns of its successor when it runs again.
   */
  elect(lead: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): void;
  /** Sends a note to the other tabs, in order. */
  post(note: unknown): void;
  /** Receives the notes of the other tabs. */
  listen(listener: (note: unknown) => void): void;
  close(): void;
}

/** The browser's means to coordinate tabs. */
export interface TabTools {
  readonly locks: Pick<LockManager, "request"> | undefined;
  readonly channel: ((name: string) => BroadcastChannel) | undefined;
  /** Whether the user sees this tab; if absent, it does not take the lead from a suspended one. */
  readonly isVisible?: () => boolean;
}

/** The tools of this browser; none in Node. */
export function browserTools(): TabTools {
  const { navigator, BroadcastChannel } = globalThis as Partial<typeof globalThis>;
  const locks = (navigator as Partial<Navigator> | undefined)?.locks;
  // Without a document there are no tabs, and a channel would keep the program from ending.
  const isPage = "document" in globalThis;
  return {
    locks: isPage ? locks : undefined,
    channel: isPage && BroadcastChannel ? (name) => new BroadcastChannel(name) : undefined,
    isVisible: () => isPage && document.visibilityState === "visible",
  };
}

/**
 * The tabs that share a name. If the browser lacks or forbids Web Locks (which exist only on https and
 * localhost) or BroadcastChannel, each tab leads itself.
 */
export function tabsOf(name: string, { locks, channel, isVisible = () => false }: TabTools): Tabs {
  const wire = locks && open(name, channel);
  if (!wire) return alone;
  let hear: (note: unknown) => void = () => undefined;
  /** Number of beats since the leader's last report, as far as this tab was visible. */
  let missing = 0;
  wire.onmessage = ({ data }: MessageEvent<unknown>) => {
    if (data === RUNNING) missing = 0;
    else hear(data);
  };
  return {
    elect(lead, signal) {
      let leading: AbortController | undefined;
      const take = (options: LockOptions) => {
        const own = new AbortController();
        // The lock ends with the tab, however the tab ends.
        const turn = locks.request(name, options, async () => {
          if (own.signal.aborted) return;
          leading = own;
          wire.postMessage(RUNNING);
          await lead(own.signal);
        });
        turn.catch((error: unknown) => {
          if (signal.aborted) return;
          const wasLeading = leading === own;
          if (isTaken(error)) {
            own.abort();
            if (wasLeading) leading = undefined;
            // A tab that took the lead itself is still waiting for its turn, too.
            if (!options.steal) take({ signal });
          } else if (wasLeading || options.steal) {
            if (wasLeading) leading = undefined;
            throw error;
          } else {
            // A browser may provide locks but forbid their use, as with storage.
            leading = own;
            void lead(own.signal);
          }
        });
      };
      // A suspended tab, such as one in the background of a phone, keeps its lock and does nothing.
      const beat = setInterval(() => {
        if (leading) wire.postMessage(RUNNING);
        else if (!isVisible()) missing = 0;
        else if ((missing += 1) >= MISSING) {
          missing = 0;
          take({ steal: true });
        }
      }, BEAT);
      signal.addEventListener("abort", () => {
        clearInterval(beat);
        leading?.abort();
      });
      take({ signal });
    },
    post(note) {
      wire.postMessage(note);
    },
    listen(listener) {
      hear = listener;
    },
    close() {
      wire.close();
    },
  };
}

function open(name: string, channel: TabTools["channel"]): BroadcastChannel | undefined {
  try {
    return channel?.(name);
  } catch {
    return undefined;
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

const alone: Tabs = {
  elect(lead, signal) {
    void lead(signal);
  },
  post() {
    // There are no other tabs.
  },
  listen() {
    // There are no other tabs.
  },
  close() {
    // No resource is open.
  },
};
