import { LongwaveError } from "@longwave/client";
import { useEffect, useState } from "react";
import { useClient, useView } from "./views";

/** The user's relation to a group. */
export type Standing = "member" | "dismissed" | "gone";

/** The user's relation to a group; `undefined` while it is unknown. Read again once the client is back online. */
export function useStanding(groupId: string | undefined): Standing | undefined {
  const client = useClient();
  const isOnline = useView(client.state).status === "online";
  const [standing, setStanding] = useState<Standing>();
  useEffect(() => {
    if (groupId === undefined || !isOnline) return undefined;
    /** The number of the last read: earlier answers are ignored, and so is any answer after the end. */
    let awaited = 0;
    const look = async () => {
      const number = (awaited += 1);
      const found = await client.api.group(groupId).then(
        ({ status }) => (status === 1 ? "dismissed" : "member"),
        (error: unknown) => standingAfter(error),
      );
      if (number === awaited && found) setStanding(found);
    };
    void look();
    const stop = client.on("group", ({ group_id }) => {
      if (group_id === groupId) void look();
    });
    return () => {
      awaited += 1;
      stop();
    };
  }, [client, groupId, isOnline]);
  return standing;
}

/** Without an answer of the server, the relation stays unknown. */
function standingAfter(error: unknown): Standing | undefined {
  if (!(error instanceof LongwaveError)) throw error;
  if (error.code === 10302) return "dismissed";
  return error.code === 10301 || error.code === 10303 ? "gone" : undefined;
}
