import { useEffect, useState } from "react";
import { textOf } from "@longwave/client";
import { useStanding } from "../standing";
import { conversationIdOf, useClient, useGroupName, useName, type Place } from "../views";
import { words } from "../words/words";
import { Composer } from "./composer";
import { PaneHeader } from "./pane-header";
import { Timeline } from "./timeline";
import { Typists } from "./typists";

interface Props {
  readonly place: Place;
  readonly onDetails: () => void;
}

/** A conversation. */
export function ConversationPane({ place, onDetails }: Props) {
  return "user" in place ? (
    <UserPane place={place} onDetails={onDetails} />
  ) : (
    <GroupPane place={place} onDetails={onDetails} />
  );
}

function UserPane({ place, onDetails }: Props & { readonly place: { readonly user: string } }) {
  return <Pane place={place} name={useName(place.user)} onDetails={onDetails} />;
}

function GroupPane({ place, onDetails }: Props & { readonly place: { readonly group: string } }) {
  return <Pane place={place} name={useGroupName(place.group)} onDetails={onDetails} />;
}

function Pane({ place, name, onDetails }: Props & { readonly name: string }) {
  const conversationId = conversationIdOf(useClient(), place);
  const standing = useStanding("group" in place ? place.group : undefined);
  return (
    <main className="pane" aria-label={name}>
      <PaneHeader place={place} name={name} canOpenDetails={standing !== "gone"} onDetails={onDetails} />
      <Timeline conversationId={conversationId} isGroup={"group" in place} />
      <Announcer conversationId={conversationId} />
      <Typists conversationId={conversationId} />
      {standing === "dismissed" || standing === "gone" ? (
        <p className="closed" role="status">
          {standing === "dismissed" ? words.dismissed : words.removed}
        </p>
      ) : (
        <Composer conversationId={conversationId} name={name} />
      )}
    </main>
  );
}

/** Reads new messages out: the list itself is not live, because it changes as it is scrolled. */
function Announcer({ conversationId }: { readonly conversationId: string }) {
  const client = useClient();
  const [news, setNews] = useState<{ sender: string; text: string }>();
  useEffect(
    () =>
      client.on("message", (message) => {
        if (message.conversation_id !== conversationId || message.sender_id === client.userId) return;
        setNews({ sender: message.sender_id, text: textOf(message) ?? words.notShown });
      }),
    [client, conversationId],
  );
  return (
    <div className="unseen" aria-live="polite">
      {news && <News sender={news.sender} text={news.text} />}
    </div>
  );
}

function News({ sender, text }: { readonly sender: string; readonly text: string }) {
  return words.says(useName(sender), text);
}
