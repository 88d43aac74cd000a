import { LongwaveError } from "@longwave/client";
import { useAction } from "../action";
import { Dialog } from "../parts/dialog";
import { go } from "../route";
import { useClient } from "../views";
import { words } from "../words/words";

/** An invitation to a group: nobody joins by opening a link alone. */
export function JoinGroup({ groupId, onClose }: { readonly groupId: string; readonly onClose: () => void }) {
  const { api } = useClient();
  const { busy, error, run } = useAction();

  const join = async () => {
    const joined = await run(async () => {
      try {
        await api.joinGroup(groupId);
      } catch (error) {
        const isMember = error instanceof LongwaveError && error.code === 10305;
        if (!isMember) throw error;
      }
    });
    if (joined) go({ page: "group", id: groupId });
  };

  return (
    <Dialog title={words.join} onClose={onClose}>
      <p>{words.joinText}</p>
      {error && (
        <p className="error" role="alert">
          {error}
        </p>
      )}
      <div className="buttons">
        <button className="button" type="button" onClick={onClose}>
          {words.cancel}
        </button>
        <button className="button primary" type="button" disabled={busy} onClick={() => void join()}>
          {words.join}
        </button>
      </div>
    </Dialog>
  );
}
