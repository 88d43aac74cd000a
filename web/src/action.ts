import { LongwaveError } from "@longwave/client";
import { useState } from "react";
import { reasonOf } from "./words/words";

/** Something that the user asked of the server. */
export interface Action {
  /** Whether it is under way. */
  readonly busy: boolean;
  /** Why it failed, in the user's words. */
  readonly error: string | undefined;
  /** Does it, unless it is under way; tells whether it succeeded. */
  readonly run: (what: () => Promise<unknown>) => Promise<boolean>;
}

export function useAction(): Action {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  return {
    busy,
    error,
    async run(what) {
      if (busy) return false;
      setBusy(true);
      setError(undefined);
      try {
        await what();
        return true;
      } catch (error) {
        if (!(error instanceof LongwaveError)) throw error;
        setError(reasonOf(error));
        return false;
      } finally {
        setBusy(false);
      }
    },
  };
}
