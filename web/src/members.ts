import { LongwaveError, type Client, type Member } from "@longwave/client";
import { useEffect, useState } from "react";
import { useClient } from "./views";

/** The members of a group, as far as they were read. */
export interface MemberList {
  readonly members: readonly Member[];
  readonly hasMore: boolean;
  /** Reads the next page. */
  readonly more: () => void;
}

interface Read {
  readonly members: readonly Member[];
  /** Where the next page begins; empty after the last one. */
  readonly cursor: string;
}

const NOTHING: Read = { members: [], cursor: "" };

/** The members of a group: a page of them, and more when asked for; read again when the group changes. */
export function useMembers(groupId: string): MemberList {
  const client = useClient();
  const [read, setRead] = useState(NOTHING);

  useEffect(() => {
    const again = () => {
      void pageBehind(client, groupId, NOTHING).then(setRead);
    };
    again();
    return client.on("group", ({ group_id }) => {
      if (group_id === groupId) again();
    });
  }, [client, groupId]);

  return {
    members: read.members,
    hasMore: read.cursor !== "",
    more: () => void pageBehind(client, groupId, read).then(setRead),
  };
}

/** What was read and the page behind it; without an answer, what was read. */
async function pageBehind(client: Client, groupId: string, read: Read): Promise<Read> {
  try {
    const page = await client.api.members(groupId, read.cursor === "" ? {} : { cursor: read.cursor });
    return { members: [...read.members, ...page.members], cursor: page.has_more ? page.next_cursor : "" };
  } catch (error) {
    if (!(error instanceof LongwaveError)) throw error;
    return read;
  }
}
