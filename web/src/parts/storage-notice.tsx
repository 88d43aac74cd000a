import { useEffect, useState } from "react";
import { useClient } from "../views";
import { words } from "../words/words";
import { Close } from "./icons";

/** A notice that no data survives the page, once this is known. */
export function StorageNotice() {
  const client = useClient();
  const [lost, setLost] = useState(false);
  useEffect(
    () =>
      client.on("storage", () => {
        setLost(true);
      }),
    [client],
  );
  if (!lost) return null;
  return (
    <div className="notice" role="status">
      <span>{words.storageLost}</span>
      <button
        className="icon-button"
        type="button"
        aria-label={words.dismiss}
        onClick={() => {
          setLost(false);
        }}
      >
        <Close />
      </button>
    </div>
  );
}
