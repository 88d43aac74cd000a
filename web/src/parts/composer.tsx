import { excessOf, text } from "@longwave/client";
import { useState } from "react";
import { useClient } from "../views";
import { words } from "../words/words";
import { Send } from "./icons";

/** What was begun and not sent, by conversation, while the page is open. */
const drafts = new Map<string, string>();

/** Where a message is written. Enter sends, Shift+Enter begins a line. */
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
  const excess = excessOf(text(draft.trim()));
  const isSendable = draft.trim() !== "" && excess === 0;

  const change = (value: string) => {
    setDraft(value);
    drafts.set(key, value);
  };

  const send = () => {
    if (!isSendable) return;
    // What becomes of it is in the timeline.
    client.send(conversationId, text(draft.trim())).catch(() => undefined);
    change("");
  };

  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <textarea
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
        disabled={!isSendable}
      >
        <Send />
      </button>
    </form>
  );
}

/** Whether a key belongs to the input method: an Enter that ends the choice of a character. */
function isChoice(event: KeyboardEvent): boolean {
  // Safari tells of that key after the end of the choice, and only by the code for keys of an input method.
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- nothing else tells it from another Enter
  return event.isComposing || event.keyCode === 229;
}
