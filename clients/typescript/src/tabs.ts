/** The tabs that share one poll: one of them leads. */
export interface Tabs {
  /**
   * Runs `lead` once this tab leads, which lasts until `lead` ends; `signal` aborts the wait. At most one tab
   * leads at any time.
   */
  elect(lead: () => Promise<void>, signal: AbortSignal): void;
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
  };
}

/**
 * The tabs that share a name. If the browser lacks or forbids Web Locks (which exist only on https and
 * localhost) or BroadcastChannel, each tab leads itself.
 */
export function tabsOf(name: string, { locks, channel }: TabTools): Tabs {
  const wire = locks && open(name, channel);
  if (!wire) return alone;
  return {
    elect(lead, signal) {
      let isLeading = false;
      // The lock ends with the tab, however the tab ends.
      const turn = locks.request(name, { signal }, () => {
        isLeading = true;
        return lead();
      });
      turn.catch((error: unknown) => {
        if (signal.aborted) return;
        if (isLeading) throw error;
        // A browser may provide locks but forbid their use, as with storage.
        void lead();
      });
    },
    post(note) {
      wire.postMessage(note);
    },
    listen(listener) {
      wire.onmessage = ({ data }: MessageEvent<unknown>) => {
        listener(data);
      };
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

const alone: Tabs = {
  elect(lead) {
    void lead();
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
