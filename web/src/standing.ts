import { LongwaveError } from "@longwave/client";
import { useEffect, useState } from "react";
import { useClient } from "./views";

/** The user's relation to a group. */
export type Standing = "member" | "dismissed" | "gone";

/** The user's relation to a group; `undefined` while it is unknown. */
export function useStanding(groupId: string | undefined): Standing | undefined {
  const client = useClient();
  const [standing, setStanding] = useState<Standing>();
  useEffect(() => {
    if (groupId === undefined) return undefined;
    let isShown = true;
    const look = async () => {
      const found = await client.api.group(groupId).then(
        ({ status }) => (status === 1 ? "dismissed" : "member"),
        (error: unknown) => standingAfter(error),
      );
      if (isShown && found) setStanding(found);
    };
    void look();
    const stop = client.on("group", ({ group_id }) => {
      if (group_id === groupId) void look();
    });
    return () => {
      isShown = false;
      stop();
    };
  }, [client, groupId]);
  return standing;
}

/** Without an answer of the server, the relation stays unknown. */
function standingAfter(error: unknown): Standing | undefined {
  if (!(error instanceof LongwaveError)) throw error;
  if (error.code === 10302) return "dismissed";
  return error.code === 10301 || error.code === 10303 ? "gone" : undefined;
}
