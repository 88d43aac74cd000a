/** The tabs that share one poll: one of them leads. */
export interface Tabs {
  /**
   * Runs `lead` once this tab is the one that leads, which it is until `lead` ends; `signal` ends the wait.
   * At any time at most one tab leads.
   */
  elect(lead: () => Promise<void>, signal: AbortSignal): void;
  /** Tells the other tabs something, in order. */
  post(note: unknown): void;
  /** Hears what the other tabs tell. */
  listen(listener: (note: unknown) => void): void;
  close(): void;
}

/** What browsers give to tabs. */
export interface TabTools {
  readonly locks: Pick<LockManager, "request"> | undefined;
  readonly channel: ((name: string) => BroadcastChannel) | undefined;
}

/** What this browser gives; nothing in Node. */
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
 * The tabs of one name. Where the browser lacks or forbids Web Locks (which it gives to https and localhost
 * only) or BroadcastChannel, each tab leads itself.
 */
export function tabsOf(name: string, { locks, channel }: TabTools): Tabs {
  const wire = locks && open(name, channel);
  if (!wire) return alone;
  return {
    elect(lead, signal) {
      let isLeading = false;
      // The lock ends with the tab, however it ends.
      const turn = locks.request(name, { signal }, () => {
        isLeading = true;
        return lead();
      });
      turn.catch((error: unknown) => {
        if (signal.aborted) return;
        if (isLeading) throw error;
        // Locks may be forbidden where they are there, as storage may be.
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
    // There is nobody else.
  },
  listen() {
    // There is nobody else.
  },
  close() {
    // Nothing is held open.
  },
};
