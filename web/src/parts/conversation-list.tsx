import { useRef, type KeyboardEvent } from "react";
import { Virtualizer, type VirtualizerHandle } from "virtua";
import { useClient, useView } from "../views";
import { words } from "../words/words";
import { ConversationRow } from "./conversation-row";

/** The conversations: pinned ones first, then by latest message. The arrow keys move between them. */
export function ConversationList({ current }: { readonly current: string | undefined }) {
  const client = useClient();
  const conversations = useView(client.conversations);
  const state = useView(client.state);
  const list = useRef<VirtualizerHandle>(null);

  const move = (event: KeyboardEvent<HTMLElement>) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const row = (event.target as HTMLElement).closest<HTMLElement>("[data-row]");
    const next = Number(row?.dataset.row) + (step ?? NaN);
    if (!(next >= 0 && next < conversations.length)) return;
    event.preventDefault();
    list.current?.scrollToIndex(next, { align: "nearest" });
    const nav = event.currentTarget;
    requestAnimationFrame(() => nav.querySelector<HTMLElement>(`[data-row="${next}"]`)?.focus());
  };

  return (
    <nav className="conversations" aria-label={words.conversations} onKeyDown={move}>
      {conversations.length === 0 && (
        <div className="nothing">
          {state.status === "online" ? (
            <>
              <h2>{words.noConversations}</h2>
              <p>{words.noConversationsText}</p>
            </>
          ) : (
            <p>{words.loading}</p>
          )}
        </div>
      )}
      <Virtualizer ref={list} data={conversations} itemSize={72}>
        {(conversation, index) => (
          <ConversationRow
            key={conversation.conversation_id}
            conversation={conversation}
            index={index}
            isCurrent={conversation.conversation_id === current}
          />
        )}
      </Virtualizer>
    </nav>
  );
}
