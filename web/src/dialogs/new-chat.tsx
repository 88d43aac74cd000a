import { LongwaveError } from "@longwave/client";
import { useAction } from "../action";
import { textIn } from "../form";
import { Dialog } from "../parts/dialog";
import { Failed } from "../parts/failed";
import { Field } from "../parts/field";
import { go } from "../route";
import { useClient } from "../views";
import { words } from "../words/words";

/** Starts a conversation with a user by id or link. */
export function NewChat({ onClose }: { readonly onClose: () => void }) {
  const client = useClient();
  const { busy, error, run } = useAction();

  const start = async (typed: string) => {
    const id = idIn(typed);
    const found = await run(async () => {
      const [profile] = await client.api.users([id]);
      if (!profile) throw new LongwaveError(NOBODY);
    });
    if (!found) return;
    onClose();
    go({ page: "user", id });
  };

  return (
    <Dialog title={words.newChat} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void start(textIn(new FormData(event.currentTarget), "id"));
        }}
      >
        <Field
          label={words.userId}
          hint={words.userIdHint}
          name="id"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          required
        />
        <Failed error={error} />
        <div className="buttons">
          <button className="button primary" type="submit" aria-disabled={busy}>
            {words.start}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

const NOBODY = { kind: "refused", message: "there is no such user", code: 10201 } as const;

/** The user id in a pasted text: an id, or a link to a user. */
function idIn(typed: string): string {
  const [, id] = /#\/user\/([^/]+)$/.exec(typed.trim()) ?? [];
  try {
    return decodeURIComponent(id ?? typed.trim());
  } catch {
    return typed.trim();
  }
}
