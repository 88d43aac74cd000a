import { useCallback, useState, useSyncExternalStore } from "react";
import { useClient } from "../views";
import { words } from "../words/words";
import { Close } from "./icons";

/** A notice that no data survives the page, once this is known. */
export function StorageNotice() {
  const client = useClient();
  const [isDismissed, setDismissed] = useState(false);
  // The loss may precede this component: a session that is continued opens its store at once.
  const subscribe = useCallback((changed: () => void) => client.on("storage", changed), [client]);
  const isLost = useSyncExternalStore(subscribe, () => client.isStorageLost);
  if (!isLost || isDismissed) return null;
  return (
    <div className="notice" role="status">
      <span>{words.storageLost}</span>
      <button
        className="icon-button"
        type="button"
        aria-label={words.dismiss}
        onClick={() => {
          setDismissed(true);
        }}
      >
        <Close />
      </button>
    </div>
  );
}
