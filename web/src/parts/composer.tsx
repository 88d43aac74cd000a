import { excessOf, text } from "@longwave/client";
import { useRef, useState } from "react";
import { useClient } from "../views";
import { words } from "../words/words";
import { Send } from "./icons";

/** Unsent drafts by conversation, while the page is open. */
const drafts = new Map<string, string>();

/** The message field. Enter sends, Shift+Enter starts a new line. */
export function Composer({
  conversationId,
  name,
}: {
  readonly conversationId: string;
  readonly name: string;
}) {
  const client = useClient();
  const key = `${client.userId} ${conversationId}`;
  const [draft, setDraft] = useState(() => drafts.get(key) ?? "");
  const field = useRef<HTMLTextAreaElement>(null);
  const excess = excessOf(text(draft.trim()));
  const isSendable = draft.trim() !== "" && excess === 0;

  const change = (value: string) => {
    setDraft(value);
    drafts.set(key, value);
  };

  const send = () => {
    if (!isSendable) return;
    // The timeline shows the outcome.
    client.send(conversationId, text(draft.trim())).catch(() => undefined);
    change("");
  };

  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
        // A click on the button has taken the focus.
        field.current?.focus();
      }}
    >
      <textarea
        ref={field}
        aria-label={words.message}
        aria-describedby={excess > 0 ? "excess" : undefined}
        aria-invalid={excess > 0}
        placeholder={words.writeTo(name)}
        rows={Math.min(8, draft.split("\n").length)}
        value={draft}
        dir="auto"
        enterKeyHint="send"
        autoFocus={matchMedia("(hover: hover)").matches}
        onChange={(event) => {
          change(event.target.value);
          if (event.target.value !== "") client.typing(conversationId);
        }}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || event.shiftKey || isChoice(event.nativeEvent)) return;
          event.preventDefault();
          send();
        }}
      />
      {excess > 0 && (
        <p id="excess" className="error">
          {words.tooLong(excess)}
        </p>
      )}
      <button
        className="send"
        type="submit"
        aria-label={words.send}
        title={words.send}
        aria-disabled={!isSendable}
      >
        <Send />
      </button>
    </form>
  );
}

/** Whether a key belongs to the input method, such as an Enter that confirms a character. */
function isChoice(event: KeyboardEvent): boolean {
  // Safari reports this key after the end of the composition, and only by the key code of input methods.
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- no other property distinguishes it from another Enter
  return event.isComposing || event.keyCode === 229;
}
