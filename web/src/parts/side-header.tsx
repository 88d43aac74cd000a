import { useClient, useName } from "../views";
import { words } from "../words/words";
import { UserAvatar } from "./avatar";
import { Connection } from "./connection";
import { Compose, People } from "./icons";
import { Name } from "./names";

/** The user, the state of the connection, and the buttons for new conversations. */
export function SideHeader({ onOpen }: { readonly onOpen: (dialog: "profile" | "chat" | "group") => void }) {
  const { userId } = useClient();
  const name = useName(userId);
  return (
    <header className="side-header">
      <button
        className="me"
        type="button"
        aria-label={words.profileOf(name)}
        onClick={() => {
          onOpen("profile");
        }}
      >
        <UserAvatar userId={userId} />
      </button>
      <div className="who">
        <span className="name">
          <Name name={name} />
        </span>
        <Connection />
      </div>
      <button
        className="icon-button"
        type="button"
        aria-label={words.newGroup}
        title={words.newGroup}
        onClick={() => {
          onOpen("group");
        }}
      >
        <People />
      </button>
      <button
        className="icon-button"
        type="button"
        aria-label={words.newChat}
        title={words.newChat}
        onClick={() => {
          onOpen("chat");
        }}
      >
        <Compose />
      </button>
    </header>
  );
}
