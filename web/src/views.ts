import { conversationOfGroup, type Client, type Conversation, type View } from "@longwave/client";
import { createContext, use, useEffect, useState, useSyncExternalStore } from "react";
import { isVisible, lineOf } from "./names";
import { words } from "./words/words";

/** The current value of a view of the client. */
export function useView<T>(view: View<T>): T {
  return useSyncExternalStore(view.subscribe, view.snapshot);
}

export const ClientContext = createContext<Client | undefined>(undefined);

/** The client of the logged-in user. */
export function useClient(): Client {
  const client = use(ClientContext);
  if (!client) throw new Error("useClient needs a ClientContext");
  return client;
}

/**
 * Number of times that the server turned out to have another history, such as that of a backup. Data that a
 * component has read or remembers is then invalid: as a part of its key, this number recreates the component.
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

/** The display name of a user: the nickname, or the last characters of the id, which differ between users. */
export function useName(userId: string): string {
  const nickname = lineOf(useView(useClient().profile(userId))?.nickname ?? "");
  return isVisible(nickname) ? nickname : `…${userId.slice(4).slice(-6)}`;
}

/** The display name of a group. */
export function useGroupName(groupId: string): string {
  const name = lineOf(useView(useClient().group(groupId))?.name ?? "");
  return isVisible(name) ? name : words.group;
}

/** The other side of a conversation. */
export type Place = { readonly user: string } | { readonly group: string };

/** The other side of a listed conversation. */
export function placeOf({ peer_user_id, group_id }: Conversation): Place | undefined {
  if (peer_user_id !== undefined) return { user: peer_user_id };
  return group_id === undefined ? undefined : { group: group_id };
}

/** The id of the conversation with a user or of a group. */
export function conversationIdOf(client: Client, place: Place): string {
  return "user" in place ? client.conversationWith(place.user) : conversationOfGroup(place.group);
}

/** The listed conversation with this id; `undefined` before it has begun. */
export function useConversation(conversationId: string): Conversation | undefined {
  const conversations = useView(useClient().conversations);
  return conversations.find(({ conversation_id }) => conversation_id === conversationId);
}
