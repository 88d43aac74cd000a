import { useState } from "react";
import { useAction } from "../action";
import { textIn } from "../form";
import { Confirm } from "../parts/confirm";
import { Copy } from "../parts/copy";
import { Dialog } from "../parts/dialog";
import { Failed } from "../parts/failed";
import { Field } from "../parts/field";
import { addressOf } from "../route";
import { useClient, useView } from "../views";
import { words } from "../words/words";

/** The user's own profile, and the logout. */
export function Profile({
  onClose,
  onSignOut,
}: {
  readonly onClose: () => void;
  readonly onSignOut: () => void;
}) {
  const client = useClient();
  const profile = useView(client.profile(client.userId));
  const { busy, error, run } = useAction();
  const [lost, setLost] = useState(0);

  const save = async (form: FormData) => {
    const update = { nickname: textIn(form, "nickname").trim(), avatar: textIn(form, "avatar").trim() };
    if (await run(() => client.api.updateMe(update))) onClose();
  };

  const signOut = () => {
    const { unsent } = client;
    if (unsent === 0) onSignOut();
    else setLost(unsent);
  };

  return (
    <Dialog title={words.profile} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void save(new FormData(event.currentTarget));
        }}
      >
        <Field
          label={words.nickname}
          name="nickname"
          autoComplete="nickname"
          maxLength={60}
          defaultValue={profile?.nickname}
        />
        <Field
          label={`${words.picture} (${words.optional})`}
          hint={words.pictureHint}
          name="avatar"
          type="url"
          pattern="https://.*"
          maxLength={1024}
          defaultValue={profile?.avatar}
        />
        <Copy
          label={words.yourLink}
          hint={words.yourLinkHint}
          value={addressOf({ page: "user", id: client.userId })}
        />
        <Failed error={error} />
        <div className="buttons">
          <button className="button quiet danger" type="button" onClick={signOut}>
            {words.signOut}
          </button>
          <button className="button primary" type="submit" disabled={!profile} aria-disabled={busy}>
            {words.save}
          </button>
        </div>
      </form>
      {lost > 0 && (
        <Confirm
          title={words.signOut}
          question={words.signOutAsk(lost)}
          isDanger
          what={() => Promise.resolve()}
          onClose={() => {
            setLost(0);
          }}
          onDone={onSignOut}
        />
      )}
    </Dialog>
  );
}
