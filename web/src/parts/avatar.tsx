import { useState, type CSSProperties } from "react";
import { useClient, useGroupName, useName, useView } from "../views";
import { OnlineDot } from "./online-dot";

/** A picture, or the first letter of the name on a colour derived from the id. */
function Avatar({
  id,
  name,
  picture,
}: {
  readonly id: string;
  readonly name: string;
  readonly picture?: string;
}) {
  const [broken, setBroken] = useState<string>();
  const style = { "--hue": hueOf(id) } as CSSProperties;
  // Another user chose the address: only a picture is loaded, without a referrer.
  const shown = picture?.startsWith("https://") && picture !== broken ? picture : undefined;
  return (
    <span className="avatar" style={style} aria-hidden="true">
      {shown ? (
        <img
          src={shown}
          alt=""
          loading="lazy"
          referrerPolicy="no-referrer"
          onError={() => {
            setBroken(shown);
          }}
        />
      ) : (
        firstOf(name)
      )}
    </span>
  );
}

/** A user's picture, with a dot while online. */
export function UserAvatar({ userId, dot = false }: { readonly userId: string; readonly dot?: boolean }) {
  const picture = useView(useClient().profile(userId))?.avatar ?? "";
  return (
    <span className="avatar-box">
      <Avatar id={userId} name={useName(userId)} picture={picture} />
      {dot && <OnlineDot userId={userId} />}
    </span>
  );
}

export function GroupAvatar({ groupId }: { readonly groupId: string }) {
  const picture = useView(useClient().group(groupId))?.avatar ?? "";
  return (
    <span className="avatar-box group">
      <Avatar id={groupId} name={useGroupName(groupId)} picture={picture} />
    </span>
  );
}

/** The first character as users see it, such as a whole emoji. */
function firstOf(name: string): string {
  const letters = new Intl.Segmenter().segment(name.replace(/^…/, ""))[Symbol.iterator]();
  const first = letters.next();
  return first.done ? "?" : first.value.segment.toUpperCase();
}

function hueOf(id: string): number {
  let hash = 0;
  for (const letter of id) hash = (hash * 31 + letter.charCodeAt(0)) % 3600;
  return hash % 360;
}
