import { LongwaveError, type Client, type Member } from "@longwave/client";
import { useCallback, useEffect, useRef, useState } from "react";
import { useClient } from "./views";
import { reasonOf } from "./words/words";

/** The members of a group that were read so far. */
export interface MemberList {
  readonly members: readonly Member[];
  readonly hasMore: boolean;
  /** The reason why the last read failed, in the user's language. */
  readonly error: string | undefined;
  /** Reads the next page, or repeats a failed read. */
  readonly more: () => void;
}

interface Read {
  readonly members: readonly Member[];
  /** The cursor of the next page; empty after the last one. */
  readonly cursor: string;
}

interface Failed {
  readonly error: string;
  /** The state from which the failed read continued. */
  readonly from: Read;
}

const NOTHING: Read = { members: [], cursor: "" };

/** The members of a group, page by page on demand; read again when the group changes. */
export function useMembers(groupId: string): MemberList {
  const client = useClient();
  const [read, setRead] = useState(NOTHING);
  const [failed, setFailed] = useState<Failed>();
  /** The number of the last read: earlier answers are ignored, and so is any answer after unmounting. */
  const awaited = useRef(0);

  const load = useCallback(
    (from: Read) => {
      const number = (awaited.current += 1);
      const end = (found: Read | undefined, failed?: Failed) => {
        if (number !== awaited.current) return;
        if (found) setRead(found);
        setFailed(failed);
      };
      withNextPage(client, groupId, from).then(end, (error: unknown) => {
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

/** Reads the next page, and appends it to the members so far. */
async function withNextPage(client: Client, groupId: string, read: Read): Promise<Read> {
  const page = await client.api.members(groupId, read.cursor === "" ? {} : { cursor: read.cursor });
  return { members: [...read.members, ...page.members], cursor: page.has_more ? page.next_cursor : "" };
}
