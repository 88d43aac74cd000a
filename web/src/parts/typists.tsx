import { useClient, useName, useView } from "../views";
import { words } from "../words/words";

/** Who types. It has its place while nobody does, so that nothing moves. */
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

/** That somebody types. */
export function Typing({ userId }: { readonly userId: string }) {
  return words.typing(useName(userId));
}
