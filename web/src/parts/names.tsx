import { useGroupName, useName, type Place } from "../views";

/** A name that stands by itself or beside other text: in whatever direction it runs, the rest stays as it is. */
export function Name({ name }: { readonly name: string }) {
  return <bdi>{name}</bdi>;
}

export function UserName({ userId }: { readonly userId: string }) {
  return <Name name={useName(userId)} />;
}

function GroupName({ groupId }: { readonly groupId: string }) {
  return <Name name={useGroupName(groupId)} />;
}

/** The name of whom a conversation is with. */
export function PlaceName({ place }: { readonly place: Place }) {
  return "user" in place ? <UserName userId={place.user} /> : <GroupName groupId={place.group} />;
}
