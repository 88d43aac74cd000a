import { conversationOfGroup, type Client, type Conversation, type View } from "@longwave/client";
import { createContext, use, useEffect, useState, useSyncExternalStore } from "react";
import { isVisible, lineOf } from "./names";
import { words } from "./words/words";

/** What a view of the client shows now. */
export function useView<T>(view: View<T>): T {
  return useSyncExternalStore(view.subscribe, view.snapshot);
}

export const ClientContext = createContext<Client | undefined>(undefined);

/** The client of whoever is logged in. */
export function useClient(): Client {
  const client = use(ClientContext);
  if (!client) throw new Error("this is shown to nobody who is not logged in");
  return client;
}

/**
 * How often the server turned out to have another history, such as that of a backup. What a component has read or
 * remembers of it is void then: as a part of its key, this makes it anew.
 */
export function useResets(): number {
  const client = useClient();
  const [resets, setResets] = useState(0);
  useEffect(
    () =>
      client.on("reset", () => {
        setResets((resets) => resets + 1);
      }),
    [client],
  );
  return resets;
}

/** What to call a user: the nickname, or the end of the id behind its kind, which tells people apart. */
export function useName(userId: string): string {
  const nickname = lineOf(useView(useClient().profile(userId))?.nickname ?? "");
  return isVisible(nickname) ? nickname : `…${userId.slice(4).slice(-6)}`;
}

/** What to call a group. */
export function useGroupName(groupId: string): string {
  const name = lineOf(useView(useClient().group(groupId))?.name ?? "");
  return isVisible(name) ? name : words.group;
}

/** Whom a conversation is with. */
export type Place = { readonly user: string } | { readonly group: string };

/** Whom a conversation of the list is with. */
export function placeOf({ peer_user_id, group_id }: Conversation): Place | undefined {
  if (peer_user_id !== undefined) return { user: peer_user_id };
  return group_id === undefined ? undefined : { group: group_id };
}

/** The id of the conversation with somebody or of a group. */
export function conversationIdOf(client: Client, place: Place): string {
  return "user" in place ? client.conversationWith(place.user) : conversationOfGroup(place.group);
}

/** The conversation of the list with that id; none before it has begun. */
export function useConversation(conversationId: string): Conversation | undefined {
  const conversations = useView(useClient().conversations);
  return conversations.find(({ conversation_id }) => conversation_id === conversationId);
}
