import type { Group, Member } from "@longwave/client";
import { useState } from "react";
import { Virtualizer, type CustomItemComponentProps } from "virtua";
import { useMembers } from "../members";
import { UserAvatar } from "../parts/avatar";
import { Confirm } from "../parts/confirm";
import { Copy } from "../parts/copy";
import { Dialog } from "../parts/dialog";
import { Failed } from "../parts/failed";
import { Name } from "../parts/names";
import { addressOf, go } from "../route";
import { useClient, useGroupName, useName, useView } from "../views";
import { words } from "../words/words";

/** An action on a group that needs a confirmation. */
interface Question {
  readonly title: string;
  readonly question: string;
  readonly what: () => Promise<unknown>;
  /** Whether the user is no member afterwards. */
  readonly isEnd?: boolean;
}

/** A group: its invitation link, its members, and the user's actions. */
export function GroupDetails({
  groupId,
  onClose,
}: {
  readonly groupId: string;
  readonly onClose: () => void;
}) {
  const client = useClient();
  const group = useView(client.group(groupId));
  const name = useGroupName(groupId);
  const { members, hasMore, error, more } = useMembers(groupId);
  const [asked, setAsked] = useState<Question>();
  if (!group) {
    return (
      <Dialog title={<Name name={name} />} onClose={onClose}>
        <Failed error={error} />
        {!error && <p className="hint">{words.loading}</p>}
      </Dialog>
    );
  }
  const isOwner = group.owner_id === client.userId;
  // The user's role as an admin may be on a page that is not read yet.
  const ownRole = isOwner ? 3 : (members.find(({ user_id }) => user_id === client.userId)?.role ?? 1);

  return (
    <Dialog title={<Name name={name} />} onClose={onClose}>
      {group.introduction && <p dir="auto">{group.introduction}</p>}
      {group.status === 1 ? (
        <p className="hint">{words.dismissed}</p>
      ) : (
        <Copy
          label={words.inviteLink}
          hint={words.inviteHint}
          value={addressOf({ page: "join", id: groupId })}
        />
      )}
      <h3>{words.members(group.member_count)}</h3>
      <div className="members" role="list" tabIndex={0} aria-label={words.whoIsInIt}>
        <Virtualizer data={members} itemSize={56} item={MemberItem}>
          {(member) => (
            <MemberRow
              key={member.user_id}
              member={member}
              group={group}
              ownRole={ownRole}
              onAsk={setAsked}
            />
          )}
        </Virtualizer>
      </div>
      <Failed error={error} />
      {(hasMore || error) && (
        <button className="button quiet" type="button" onClick={more}>
          {error ? words.retry : words.moreMembers}
        </button>
      )}
      {group.status === 0 && <Leaving group={group} onAsk={setAsked} />}
      {asked && (
        <Confirm
          {...asked}
          isDanger
          onClose={() => {
            setAsked(undefined);
          }}
          onDone={() => {
            setAsked(undefined);
            if (!asked.isEnd) return;
            onClose();
            go({ page: "home" });
          }}
        />
      )}
    </Dialog>
  );
}

/** A list item, which lays out its content. */
function MemberItem({ index: _, ...item }: CustomItemComponentProps) {
  return <div {...item} role="listitem" />;
}

interface MemberProps {
  readonly member: Member;
  readonly group: Group;
  readonly ownRole: Member["role"];
  readonly onAsk: (question: Question) => void;
}

function MemberRow({ member, group, ownRole, onAsk }: MemberProps) {
  const { api, userId } = useClient();
  const name = useName(member.user_id);
  const isOther = member.user_id !== userId && group.status === 0;
  const canRemove = isOther && ownRole > 1 && member.role < ownRole;
  const canTransfer = isOther && group.owner_id === userId;
  return (
    <div className="person">
      <UserAvatar userId={member.user_id} dot />
      <span className="name">
        <Name name={name} />
        {member.user_id === userId && ` (${words.you})`}
      </span>
      <span className="role" data-role={member.role}>
        {{ 1: words.member, 2: words.admin, 3: words.owner }[member.role]}
      </span>
      {canTransfer && (
        <button
          className="link"
          type="button"
          aria-label={words.makeOwnerOf(name)}
          onClick={() => {
            onAsk({
              title: words.makeOwner,
              question: words.makeOwnerAsk(name),
              what: () => api.transferGroup(group.group_id, member.user_id),
            });
          }}
        >
          {words.makeOwner}
        </button>
      )}
      {canRemove && (
        <button
          className="link danger"
          type="button"
          aria-label={words.removeFrom(name)}
          onClick={() => {
            onAsk({
              title: words.remove,
              question: words.removeAsk(name),
              what: () => api.kick(group.group_id, member.user_id),
            });
          }}
        >
          {words.remove}
        </button>
      )}
    </div>
  );
}

/** Leaving the group; the owner can only close it, or transfer it first. */
function Leaving({ group, onAsk }: { readonly group: Group; readonly onAsk: (question: Question) => void }) {
  const { api, userId } = useClient();
  const question =
    group.owner_id === userId
      ? { title: words.close, question: words.closeAsk, what: () => api.dismissGroup(group.group_id) }
      : {
          title: words.leave,
          question: words.leaveAsk,
          what: () => api.quitGroup(group.group_id),
          isEnd: true,
        };
  return (
    <div className="buttons">
      <button
        className="button quiet danger"
        type="button"
        onClick={() => {
          onAsk(question);
        }}
      >
        {question.title}
      </button>
    </div>
  );
}
