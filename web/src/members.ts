import { LongwaveError, type Client, type Member } from "@longwave/client";
import { useCallback, useEffect, useRef, useState } from "react";
import { useClient } from "./views";
import { reasonOf } from "./words/words";

/** The members of a group, as far as they were read. */
export interface MemberList {
  readonly members: readonly Member[];
  readonly hasMore: boolean;
  /** Why the last read failed, in the user's words. */
  readonly error: string | undefined;
  /** Reads the next page, or again what could not be read. */
  readonly more: () => void;
}

interface Read {
  readonly members: readonly Member[];
  /** Where the next page begins; empty after the last one. */
  readonly cursor: string;
}

interface Failed {
  readonly error: string;
  /** What was to be read on from. */
  readonly from: Read;
}

const NOTHING: Read = { members: [], cursor: "" };

/** The members of a group: a page of them, and more when asked for; read again when the group changes. */
export function useMembers(groupId: string): MemberList {
  const client = useClient();
  const [read, setRead] = useState(NOTHING);
  const [failed, setFailed] = useState<Failed>();
  /** Which answer counts: none that another was asked for after, and none after the end. */
  const awaited = useRef(0);

  const load = useCallback(
    (from: Read) => {
      const number = (awaited.current += 1);
      const end = (found: Read | undefined, failed?: Failed) => {
        if (number !== awaited.current) return;
        if (found) setRead(found);
        setFailed(failed);
      };
      pageBehind(client, groupId, from).then(end, (error: unknown) => {
        if (!(error instanceof LongwaveError)) throw error;
        end(undefined, { error: reasonOf(error), from });
      });
    },
    [client, groupId],
  );

  useEffect(() => {
    load(NOTHING);
    const stop = client.on("group", ({ group_id }) => {
      if (group_id === groupId) load(NOTHING);
    });
    return () => {
      awaited.current += 1;
      stop();
    };
  }, [client, groupId, load]);

  return {
    members: read.members,
    hasMore: read.cursor !== "",
    error: failed?.error,
    more: () => {
      load(failed?.from ?? read);
    },
  };
}

/** What was read and the page behind it. */
async function pageBehind(client: Client, groupId: string, read: Read): Promise<Read> {
  const page = await client.api.members(groupId, read.cursor === "" ? {} : { cursor: read.cursor });
  return { members: [...read.members, ...page.members], cursor: page.has_more ? page.next_cursor : "" };
}
