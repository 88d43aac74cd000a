import type { OnlineStatus, View } from "@longwave/client";
import { useEffect, useState } from "react";
import { useClient, useView } from "./views";

/**
 * How long a user must be on the screen before the page subscribes to the online status, in milliseconds, so
 * that scrolling past causes no request.
 */
const SETTLED = 400;

const UNKNOWN: View<OnlineStatus | undefined> = {
  subscribe: () => () => undefined,
  snapshot: () => undefined,
};

/** Whether a user is online; `undefined` while it is unknown. */
export function useOnline(userId: string): boolean | undefined {
  const client = useClient();
  const [settled, setSettled] = useState<string>();
  useEffect(() => {
    const timer = setTimeout(() => {
      setSettled(userId);
    }, SETTLED);
    return () => {
      clearTimeout(timer);
    };
  }, [userId]);
  return useView(settled === userId ? client.presence(userId) : UNKNOWN)?.online;
}
