import { useAction } from "../action";
import { words } from "../words/words";
import { Dialog } from "./dialog";
import { Failed } from "./failed";

interface Props {
  readonly title: string;
  readonly question: string;
  readonly isDanger?: boolean;
  readonly what: () => Promise<unknown>;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

/** Asks for confirmation of an action. */
export function Confirm({ title, question, isDanger = false, what, onClose, onDone }: Props) {
  const { busy, error, run } = useAction();
  return (
    <Dialog title={title} onClose={onClose}>
      <p>{question}</p>
      <Failed error={error} />
      <div className="buttons">
        <button className="button" type="button" onClick={onClose}>
          {words.cancel}
        </button>
        <button
          className={isDanger ? "button danger" : "button primary"}
          type="button"
          aria-disabled={busy}
          onClick={() =>
            void run(what).then((done) => {
              if (done) onDone();
            })
          }
        >
          {title}
        </button>
      </div>
    </Dialog>
  );
}
