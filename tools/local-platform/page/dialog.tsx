import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';

interface Action {
  label: string;
  run(): Promise<void>;
  /** It destroys something. */
  danger?: boolean;
  disabled?: boolean;
}

interface DialogProps {
  title: string;
  children: ComponentChildren;
  /** What may be done; without it the dialog only informs. */
  action?: Action | undefined;
  /** For what does not fit beside itself in a narrow one. */
  large?: boolean;
  onClose(): void;
}

/** Asks for confirmation, and shows why the action failed. */
export function Dialog({ title, children, action, large = false, onClose }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Error>();
  // A modal dialog of the browser keeps the focus, closes on Escape, and gives the focus back.
  useLayoutEffect(() => dialog.current?.showModal(), []);
  // Closed, not only taken away: the focus goes back to where it was.
  const close = () => dialog.current?.close();
  const run = async (work: () => Promise<void>) => {
    setBusy(true);
    try {
      await work();
      close();
    } catch (failure) {
      setError(failure as Error);
      setBusy(false);
    }
  };
  const onSubmit = (event: Event) => {
    event.preventDefault();
    if (action && !action.disabled && !busy) void run(action.run);
  };
  return (
    <dialog ref={dialog} class={large ? 'large' : ''} aria-labelledby={id} onClose={onClose}>
      <form onSubmit={onSubmit}>
        <h2 id={id}>{title}</h2>
        {children}
        {error && (
          <p class="reason" role="alert">
            {error.message}
          </p>
        )}
        <p class="buttons">
          <button type="button" onClick={close}>
            {action ? 'Keep as it is' : 'Close'}
          </button>
          {action && (
            <button class={action.danger ? 'danger primary' : 'primary'} disabled={busy || action.disabled}>
              {action.label}
            </button>
          )}
        </p>
      </form>
    </dialog>
  );
}
