import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Account } from "./account";
import { App } from "./app";
import { Boundary } from "./parts/boundary";
import { language } from "./words/words";
import "./styles/base.css";
import "./styles/forms.css";
import "./styles/chat.css";
import "./styles/messages.css";

document.documentElement.lang = language;
const root = document.getElementById("root");
if (!root) throw new Error("index.html has no root");
createRoot(root).render(
  <StrictMode>
    <Boundary>
      <App account={new Account()} />
    </Boundary>
  </StrictMode>,
);
