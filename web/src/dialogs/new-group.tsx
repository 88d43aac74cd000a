import { useAction } from "../action";
import { textIn } from "../form";
import { UserAvatar } from "../parts/avatar";
import { Dialog } from "../parts/dialog";
import { Failed } from "../parts/failed";
import { Field } from "../parts/field";
import { UserName } from "../parts/names";
import { go } from "../route";
import { useClient, useView } from "../views";
import { words } from "../words/words";

/** Creates a group of users with whom the user has conversations. */
export function NewGroup({ onClose }: { readonly onClose: () => void }) {
  const client = useClient();
  const users = useView(client.conversations).flatMap(({ peer_user_id }) => peer_user_id ?? []);
  const known = users.filter((userId) => userId !== client.userId);
  const { busy, error, run } = useAction();

  const create = (form: FormData) =>
    run(async () => {
      const member_ids = form.getAll("member").filter((value) => typeof value === "string");
      const group = await client.api.createGroup({ name: textIn(form, "name").trim(), member_ids });
      onClose();
      go({ page: "group", id: group.group_id });
    });

  return (
    <Dialog title={words.newGroup} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void create(new FormData(event.currentTarget));
        }}
      >
        <Field
          label={words.groupName}
          name="name"
          autoComplete="off"
          maxLength={60}
          pattern=".*\S.*"
          required
        />
        <fieldset className="people">
          <legend>{words.whoIsInIt}</legend>
          {known.map((userId) => (
            <label key={userId} className="person">
              <input type="checkbox" name="member" value={userId} />
              <UserAvatar userId={userId} />
              <span className="name">
                <UserName userId={userId} />
              </span>
            </label>
          ))}
          <p className="hint">{words.nobodyKnown}</p>
        </fieldset>
        <Failed error={error} />
        <div className="buttons">
          <button className="button primary" type="submit" aria-disabled={busy}>
            {words.create}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
