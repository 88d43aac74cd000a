import { useState } from "react";
import type { Account } from "../account";
import { useAction } from "../action";
import { textIn } from "../form";
import { Failed } from "../parts/failed";
import { Field } from "../parts/field";
import { Mark } from "../parts/icons";
import { words } from "../words/words";

/** The form to log in, or to create an account. */
export function SignIn({ account }: { readonly account: Account }) {
  const [isNew, setNew] = useState(false);
  const { busy, error, run } = useAction();

  const submit = (form: FormData) => {
    const [username, password] = [textIn(form, "username").trim(), textIn(form, "password")];
    return run(() =>
      isNew
        ? account.register({ username, password, nickname: textIn(form, "nickname").trim() })
        : account.login(username, password),
    );
  };

  return (
    <main className="front">
      <form
        className="card"
        aria-labelledby="front-title"
        onSubmit={(event) => {
          event.preventDefault();
          void submit(new FormData(event.currentTarget));
        }}
      >
        <header className="front-header">
          <Mark />
          <h1 id="front-title">Longwave</h1>
          <p>{words.welcome}</p>
        </header>
        <Field
          label={words.username}
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={64}
          required
          autoFocus
        />
        <Field
          label={words.password}
          name="password"
          type="password"
          autoComplete={isNew ? "new-password" : "current-password"}
          minLength={6}
          maxLength={72}
          required
          {...(isNew && { hint: words.passwordHint })}
        />
        {isNew && (
          <Field
            label={`${words.nickname} (${words.optional})`}
            name="nickname"
            autoComplete="nickname"
            maxLength={60}
          />
        )}
        <Failed error={error} />
        <button className="button primary" type="submit" aria-disabled={busy}>
          {isNew ? words.register : words.signIn}
        </button>
        <button
          className="button quiet"
          type="button"
          onClick={() => {
            setNew(!isNew);
          }}
        >
          {isNew ? words.toSignIn : words.toRegister}
        </button>
      </form>
    </main>
  );
}
