import { textOf, type Conversation, type Message } from "@longwave/client";
import { memo, type ReactNode } from "react";
import { isolate } from "../names";
import { hashOf } from "../route";
import { useToday } from "../today";
import { placeOf, useClient, useName, useView } from "../views";
import { shortTimeOf, words } from "../words/words";
import { GroupAvatar, UserAvatar } from "./avatar";
import { Mute, Pin } from "./icons";
import { PlaceName } from "./names";
import { Typing } from "./typists";

interface Props {
  readonly conversation: Conversation;
  readonly index: number;
  readonly isCurrent: boolean;
}

/** A conversation of the list. */
export const ConversationRow = memo(function ConversationRow({ conversation, index, isCurrent }: Props) {
  const { last_message, unread, is_pinned, recv_msg_opt } = conversation;
  const today = useToday();
  const place = placeOf(conversation);
  if (!place) return null;
  const route = "user" in place ? ({ page: "user", id: place.user } as const) : groupRoute(place.group);
  return (
    <a
      className="row"
      href={hashOf(route)}
      data-row={index}
      aria-current={isCurrent ? "page" : undefined}
      data-muted={recv_msg_opt === 1 || undefined}
    >
      {"user" in place ? <UserAvatar userId={place.user} dot /> : <GroupAvatar groupId={place.group} />}
      <span className="row-text">
        <span className="row-line">
          <span className="name">
            <PlaceName place={place} />
          </span>
          {is_pinned && <Marker label={words.pinned} icon={<Pin />} />}
          {recv_msg_opt === 1 && <Marker label={words.muted} icon={<Mute />} />}
          {last_message && (
            <time dateTime={new Date(last_message.send_time).toISOString()}>
              {shortTimeOf(last_message.send_time, today)}
            </time>
          )}
        </span>
        <span className="row-line">
          <span className="preview">
            <Preview conversationId={conversation.conversation_id} message={last_message} place={place} />
          </span>
          {unread > 0 && (
            <span className="badge">
              <span aria-hidden="true">{unread > 999 ? "999+" : unread}</span>
              <span className="unseen">{words.unread(unread)}</span>
            </span>
          )}
        </span>
      </span>
    </a>
  );
});

const groupRoute = (id: string) => ({ page: "group", id }) as const;

function Marker({ label, icon }: { readonly label: string; readonly icon: ReactNode }) {
  return (
    <span className="marker" role="img" aria-label={label}>
      {icon}
    </span>
  );
}

/** The last message, or the notice that another user is typing. */
function Preview({
  conversationId,
  message,
  place,
}: {
  readonly conversationId: string;
  readonly message: Message | undefined;
  readonly place: object;
}) {
  const client = useClient();
  const [typist] = useView(client.typists(conversationId));
  if (typist !== undefined)
    return (
      <em>
        <Typing userId={typist} />
      </em>
    );
  // Nothing is shown in the place of a removed message.
  if (!message || message.status === 2) return null;
  const text = textOf(message) ?? (message.status ? words.revoked : words.notShown);
  if (message.sender_id === client.userId) return words.says(words.you, text);
  return "group" in place ? <Said userId={message.sender_id} text={text} /> : isolate(text);
}

function Said({ userId, text }: { readonly userId: string; readonly text: string }) {
  return words.says(useName(userId), text);
}
