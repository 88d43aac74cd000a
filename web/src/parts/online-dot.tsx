import { useOnline } from "../presence";
import { words } from "../words/words";

export function OnlineDot({ userId }: { readonly userId: string }) {
  if (!useOnline(userId)) return null;
  return <span className="online-dot" role="img" aria-label={words.userOnline} />;
}
