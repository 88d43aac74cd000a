import { LongwaveError } from "@longwave/client";
import { Confirm } from "../parts/confirm";
import { go } from "../route";
import { useClient } from "../views";
import { words } from "../words/words";

/** An invitation to a group: opening a link alone joins no group. */
export function JoinGroup({ groupId, onClose }: { readonly groupId: string; readonly onClose: () => void }) {
  const { api } = useClient();

  const join = async () => {
    try {
      await api.joinGroup(groupId);
    } catch (error) {
      const isMember = error instanceof LongwaveError && error.code === 10305;
      if (!isMember) throw error;
    }
  };

  return (
    <Confirm
      title={words.join}
      question={words.joinText}
      what={join}
      onClose={onClose}
      onDone={() => {
        go({ page: "group", id: groupId });
      }}
    />
  );
}
