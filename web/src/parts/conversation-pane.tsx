import { useEffect, useState } from "react";
import { textOf, type Entry } from "@longwave/client";
import { isolate } from "../names";
import { useStanding } from "../standing";
import { conversationIdOf, useClient, useGroupName, useName, useView, type Place } from "../views";
import { reasonOf, words } from "../words/words";
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
    <main className="pane" aria-label={isolate(name)}>
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

/** Reads out new and failed messages: the list is no live region, because scrolling changes it. */
function Announcer({ conversationId }: { readonly conversationId: string }) {
  const client = useClient();
  const { entries } = useView(client.timeline(conversationId));
  const [news, setNews] = useState<{ seq: number; sender: string; text: string }>();
  useEffect(
    () =>
      client.on("message", (message) => {
        if (message.conversation_id !== conversationId || message.sender_id === client.userId) return;
        const { seq, sender_id } = message;
        setNews({ seq, sender: sender_id, text: textOf(message) ?? words.notShown });
      }),
    [client, conversationId],
  );
  return (
    <div className="unseen" aria-live="polite">
      {/* A new element for each message, so that a repeated text is read out again. */}
      {news && (
        <p key={news.seq}>
          <News sender={news.sender} text={news.text} />
        </p>
      )}
      {entries
        .filter(({ status }) => status === "failed")
        .map((entry) => (
          <p key={entry.key}>{failureOf(entry)}</p>
        ))}
    </div>
  );
}

function failureOf(entry: Entry): string {
  const what = words.says(words.failed, textOf(entry) ?? words.notShown);
  return entry.error ? `${what}. ${reasonOf(entry.error)}` : what;
}

function News({ sender, text }: { readonly sender: string; readonly text: string }) {
  return words.says(useName(sender), text);
}
