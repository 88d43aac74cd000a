import { useClient, useName, useView } from "../views";
import { words } from "../words/words";

/** The users who are typing. The line keeps its place while it is empty, so that nothing moves. */
export function Typists({ conversationId }: { readonly conversationId: string }) {
  const typists = useView(useClient().typists(conversationId));
  const [first] = typists;
  return (
    <p className="typists">
      {first !== undefined &&
        (typists.length === 1 ? <Typing userId={first} /> : words.typingMany(typists.length))}
    </p>
  );
}

/** The notice that a user is typing. */
export function Typing({ userId }: { readonly userId: string }) {
  return words.typing(useName(userId));
}
