/** Whether there is a network, as far as the device knows. */
export interface Network {
  /** False only when the device is sure to have none. */
  online(): boolean;
  /** Calls back when waiting may be over: the network changed, or the user came back to the page. */
  subscribe(listener: () => void): () => void;
}

/** The network of a browser; where there is no browser, one that is always there. */
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
