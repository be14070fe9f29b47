import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

interface DialogProps {
  title: string;
  children: ComponentChildren;
  /** What may be done; without it the dialog only tells. */
  action?: { label: string; run(): Promise<void> } | undefined;
  onClose(): void;
}

/** Asks before something is done, and tells why it could not be. */
export function Dialog({ title, children, action, onClose }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Error>();
  useEffect(() => dialog.current?.showModal(), []);
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
  return (
    <dialog ref={dialog} aria-labelledby="dialog-title" onClose={onClose}>
      <h2 id="dialog-title">{title}</h2>
      {children}
      {error && (
        <p class="reason" role="alert">
          {error.message}
        </p>
      )}
      <p class="actions">
        <button onClick={close}>{action ? 'Cancel' : 'Close'}</button>
        {action && (
          <button class="primary" disabled={busy} onClick={() => void run(action.run)}>
            {action.label}
          </button>
        )}
      </p>
    </dialog>
  );
}
