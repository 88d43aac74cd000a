import { isUserId } from "@longwave/client";
import { useEffect, useState } from "react";
import { GroupDetails } from "../dialogs/group-details";
import { JoinGroup } from "../dialogs/join-group";
import { NewChat } from "../dialogs/new-chat";
import { NewGroup } from "../dialogs/new-group";
import { Profile } from "../dialogs/profile";
import { ConversationList } from "../parts/conversation-list";
import { ConversationPane } from "../parts/conversation-pane";
import { SideHeader } from "../parts/side-header";
import { StorageNotice } from "../parts/storage-notice";
import { go, useRoute, type Route } from "../route";
import { conversationIdOf, useClient, useResets, useView, type Place } from "../views";
import { words } from "../words/words";

/** The open dialog above the chat. */
type Open = "profile" | "chat" | "group" | { readonly details: string };

/** The chat: the conversations, and one of them. */
export function Chat({ onSignOut }: { readonly onSignOut: () => void }) {
  const client = useClient();
  const route = useRoute();
  const resets = useResets();
  const [open, setOpen] = useState<Open>();
  const place = placeAt(route, client.userId);
  const group = place && "group" in place ? place.group : undefined;
  const close = () => {
    setOpen(undefined);
  };
  // The details of a group close when another conversation is shown.
  if (typeof open === "object" && open.details !== group) close();
  useTitle();

  return (
    <div className="chat" data-page={place ? "conversation" : "home"}>
      <StorageNotice />
      <div className="side">
        <SideHeader onOpen={setOpen} />
        <ConversationList current={place && conversationIdOf(client, place)} />
      </div>
      {place ? (
        <ConversationPane
          key={`${conversationIdOf(client, place)} ${resets}`}
          place={place}
          onDetails={() => {
            if (group !== undefined) setOpen({ details: group });
          }}
        />
      ) : (
        <main className="pane empty">
          <p>{words.choose}</p>
        </main>
      )}
      {open === "profile" && <Profile onClose={close} onSignOut={onSignOut} />}
      {open === "chat" && <NewChat onClose={close} />}
      {open === "group" && <NewGroup onClose={close} />}
      {typeof open === "object" && (
        <GroupDetails key={`${open.details} ${resets}`} groupId={open.details} onClose={close} />
      )}
      {route.page === "join" && (
        <JoinGroup
          key={route.id}
          groupId={route.id}
          onClose={() => {
            go({ page: "home" });
          }}
        />
      )}
    </div>
  );
}

/** The other side of a route, unless its id is invalid or the user's own, as in a mangled link. */
function placeAt(route: Route, userId: string): Place | undefined {
  if (route.page === "user" && route.id !== userId && isUserId(route.id)) return { user: route.id };
  return route.page === "group" ? { group: route.id } : undefined;
}

/** Shows the number of unread messages in the title. */
function useTitle(): void {
  const unread = useView(useClient().conversations)
    .filter((conversation) => conversation.recv_msg_opt === 0)
    .reduce((sum, conversation) => sum + conversation.unread, 0);
  useEffect(() => {
    document.title = unread > 0 ? `(${unread}) Longwave` : "Longwave";
    return () => {
      document.title = "Longwave";
    };
  }, [unread]);
}
