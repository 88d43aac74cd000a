import { useEffect, useId, useState } from "react";
import { words } from "../words/words";

/** A value to share: to read, select and copy. */
export function Copy({
  label,
  hint,
  value,
}: {
  readonly label: string;
  readonly hint: string;
  readonly value: string;
}) {
  const id = useId();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => {
      setCopied(false);
    }, 2000);
    return () => {
      clearTimeout(timer);
    };
  }, [copied]);
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div className="copy">
        <input
          id={id}
          readOnly
          value={value}
          aria-describedby={`${id}-hint`}
          onFocus={(event) => {
            event.target.select();
          }}
        />
        {/* The clipboard exists only on https and localhost. */}
        {"clipboard" in navigator && (
          <button
            className="button"
            type="button"
            aria-live="polite"
            onClick={() =>
              void navigator.clipboard.writeText(value).then(
                () => {
                  setCopied(true);
                },
                () => undefined,
              )
            }
          >
            {copied ? words.copied : words.copy}
          </button>
        )}
      </div>
      <p id={`${id}-hint`} className="hint">
        {hint}
      </p>
    </div>
  );
}
