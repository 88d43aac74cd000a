import { LongwaveError } from "@longwave/client";
import { useState } from "react";
import { reasonOf } from "./words/words";

/** A call that the user started. */
export interface Action {
  /** Whether the call is running. Its button has `aria-disabled`: `disabled` would take the focus from it. */
  readonly busy: boolean;
  /** The reason of a failure, in the user's language. */
  readonly error: string | undefined;
  /** Runs the call, unless it is running; returns whether it succeeded. */
  readonly run: (what: () => Promise<unknown>) => Promise<boolean>;
}

/** An action of a component, with its progress and its last error. */
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
