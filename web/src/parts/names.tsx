import { useGroupName, useName, type Place } from "../views";

export function UserName({ userId }: { readonly userId: string }) {
  return useName(userId);
}

function GroupName({ groupId }: { readonly groupId: string }) {
  return useGroupName(groupId);
}

/** The name of whom a conversation is with. */
export function PlaceName({ place }: { readonly place: Place }) {
  return "user" in place ? <UserName userId={place.user} /> : <GroupName groupId={place.group} />;
}
