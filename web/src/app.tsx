import type { Account } from "./account";
import { Chat } from "./screens/chat";
import { Ended } from "./screens/ended";
import { SignIn } from "./screens/sign-in";
import { ClientContext, useView } from "./views";

/** The page: the screen for the login state. */
export function App({ account }: { readonly account: Account }) {
  const state = useView(account);
  switch (state.status) {
    case "out":
      return <SignIn account={account} />;
    case "ended":
      return (
        <Ended
          reason={state.reason}
          onLeave={() => {
            account.leave();
          }}
        />
      );
    case "in":
      return (
        <ClientContext value={state.client}>
          <Chat key={state.client.session.token} onSignOut={() => void account.logout()} />
        </ClientContext>
      );
  }
}
