import { useAction } from "../action";
import { words } from "../words/words";
import { Dialog } from "./dialog";

interface Props {
  readonly title: string;
  readonly question: string;
  readonly what: () => Promise<unknown>;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

/** Asks before something that cannot be taken back. */
export function Confirm({ title, question, what, onClose, onDone }: Props) {
  const { busy, error, run } = useAction();
  return (
    <Dialog title={title} onClose={onClose}>
      <p>{question}</p>
      {error && (
        <p className="error" role="alert">
          {error}
        </p>
      )}
      <div className="buttons">
        <button className="button" type="button" onClick={onClose}>
          {words.cancel}
        </button>
        <button
          className="button danger"
          type="button"
          disabled={busy}
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
