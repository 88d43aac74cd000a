import { useGroupName, useName, type Place } from "../views";

/** A name by itself or beside other text, whose direction does not affect the rest. */
export function Name({ name }: { readonly name: string }) {
  return <bdi>{name}</bdi>;
}

export function UserName({ userId }: { readonly userId: string }) {
  return <Name name={useName(userId)} />;
}

function GroupName({ groupId }: { readonly groupId: string }) {
  return <Name name={useGroupName(groupId)} />;
}

/** The name of the other side of a conversation. */
export function PlaceName({ place }: { readonly place: Place }) {
  return "user" in place ? <UserName userId={place.user} /> : <GroupName groupId={place.group} />;
}
