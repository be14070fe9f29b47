import { useState } from 'preact/hooks';
import { tokenIn } from './token.js';

/** Asks for the token, and says why: there is none yet, or the platform has a new one. */
export function NoToken({ refused }: { refused: boolean }) {
  return (
    <main class="notice">
      <h1>Local platform</h1>
      <p role={refused ? 'alert' : undefined}>
        {refused
          ? 'The platform does not accept the token of this page: it was stopped or reset since then and has a new one.'
          : 'This page needs the token of the platform, as its API does.'}
      </p>
      <p>Print the link with the token in a terminal:</p>
      <pre>npx local-platform status</pre>
      <LinkForm />
    </main>
  );
}

function LinkForm() {
  const [link, setLink] = useState('');
  const [trouble, setTrouble] = useState<string>();
  const onSubmit = (event: Event) => {
    event.preventDefault();
    const token = tokenIn(link);
    if (token === undefined) setTrouble('The link has no #token=... Copy the whole link.');
    else location.hash = `token=${token}`;
  };
  return (
    <form onSubmit={onSubmit}>
      <label for="link">Open the link, or paste it here:</label>
      <div class="tools">
        <input
          id="link"
          class="grows"
          autocomplete="off"
          placeholder={`${location.origin}/#token=...`}
          value={link}
          onInput={({ currentTarget }) => setLink(currentTarget.value)}
        />
        <button class="primary">Open</button>
      </div>
      {trouble && (
        <p class="reason" role="alert">
          {trouble}
        </p>
      )}
    </form>
  );
}
