import { useAction } from "../action";
import { useOnline } from "../presence";
import { hashOf } from "../route";
import { conversationIdOf, useClient, useConversation, useView, type Place } from "../views";
import { words } from "../words/words";
import { GroupAvatar, UserAvatar } from "./avatar";
import { Connection } from "./connection";
import { Back, Info, Mute, Pin } from "./icons";
import { Name } from "./names";

interface Props {
  readonly place: Place;
  readonly name: string;
  readonly canOpenDetails: boolean;
  readonly onDetails: () => void;
}

/** The other side of the conversation, and its options. */
export function PaneHeader({ place, name, canOpenDetails, onDetails }: Props) {
  return (
    <header className="pane-header">
      <a className="icon-button back" href={hashOf({ page: "home" })} aria-label={words.back}>
        <Back />
      </a>
      {"user" in place ? <UserAvatar userId={place.user} dot /> : <GroupAvatar groupId={place.group} />}
      <div className="who">
        <h1 className="name">
          <Name name={name} />
        </h1>
        <div className="under">
          <p className="about">
            {"user" in place ? <Whereabouts userId={place.user} /> : <Size groupId={place.group} />}
          </p>
          <Connection />
        </div>
      </div>
      <Options conversationId={conversationIdOf(useClient(), place)} />
      {"group" in place && canOpenDetails && (
        <button
          className="icon-button"
          type="button"
          aria-label={words.details}
          title={words.details}
          onClick={onDetails}
        >
          <Info />
        </button>
      )}
    </header>
  );
}

function Whereabouts({ userId }: { readonly userId: string }) {
  const isOnline = useOnline(userId);
  if (isOnline === undefined) return null;
  return isOnline ? words.userOnline : words.userOffline;
}

function Size({ groupId }: { readonly groupId: string }) {
  const group = useView(useClient().group(groupId));
  return group && words.members(group.member_count);
}

/** Pin and mute, which a conversation has only once it has begun. */
function Options({ conversationId }: { readonly conversationId: string }) {
  const { api } = useClient();
  const conversation = useConversation(conversationId);
  const { run, busy, error } = useAction();
  if (!conversation) return null;
  const [isPinned, isMuted] = [conversation.is_pinned, conversation.recv_msg_opt === 1];
  return (
    <>
      <button
        className="icon-button"
        type="button"
        aria-label={words.pin}
        aria-pressed={isPinned}
        title={isPinned ? words.unpin : words.pin}
        aria-disabled={busy}
        onClick={() => void run(() => api.setOptions(conversationId, { pinned: !isPinned }))}
      >
        <Pin />
      </button>
      <button
        className="icon-button"
        type="button"
        aria-label={words.mute}
        aria-pressed={isMuted}
        title={isMuted ? words.unmute : words.mute}
        aria-disabled={busy}
        onClick={() => void run(() => api.setOptions(conversationId, { muted: !isMuted }))}
      >
        <Mute />
      </button>
      {error && (
        <p className="floating error" role="alert">
          {error}
        </p>
      )}
    </>
  );
}
