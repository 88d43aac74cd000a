import { useId, useLayoutEffect, useRef, type ReactNode } from "react";
import { words } from "../words/words";
import { Close } from "./icons";

interface Props {
  readonly title: ReactNode;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** A dialog above the page. The browser keeps the focus in it, closes it at Escape, and returns the focus. */
export function Dialog({ title, onClose, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const isPressed = useRef(false);
  const id = useId();
  // Closed while it is still in the page, so that the browser returns the focus.
  useLayoutEffect(() => {
    const { current } = dialog;
    current?.showModal();
    return () => {
      current?.close();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        if (event.target === event.currentTarget) onClose();
      }}
      // A click outside the dialog's content is on its backdrop. A text selection may end there.
      onPointerDown={(event) => {
        isPressed.current = event.target === event.currentTarget;
      }}
      onClick={(event) => {
        if (isPressed.current && event.target === event.currentTarget) onClose();
      }}
    >
      <div className="dialog">
        <header className="dialog-header">
          <h2 id={id}>{title}</h2>
          <button className="icon-button" type="button" aria-label={words.closeDialog} onClick={onClose}>
            <Close />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
