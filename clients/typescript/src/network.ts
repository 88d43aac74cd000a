/** Whether there is a network, as far as the device knows. */
export interface Network {
  /** False only if the device certainly has no network. */
  online(): boolean;
  /** Calls the listener when a wait may be over: the network changed, or the user returned to the page. */
  subscribe(listener: () => void): () => void;
}

/** The network of a browser; outside a browser, one that is always online. */
export function deviceNetwork(): Network {
  const { navigator, window, document } = globalThis as Partial<typeof globalThis>;
  return {
    online: () => (navigator as Partial<Navigator> | undefined)?.onLine !== false,
    subscribe(listener) {
      const shown = () => {
        if (document?.visibilityState === "visible") listener();
      };
      window?.addEventListener("online", listener);
      window?.addEventListener("offline", listener);
      document?.addEventListener("visibilitychange", shown);
      return () => {
        window?.removeEventListener("online", listener);
        window?.removeEventListener("offline", listener);
        document?.removeEventListener("visibilitychange", shown);
      };
    },
  };
}
