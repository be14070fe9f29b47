import { useEffect, useMemo, useState } from 'preact/hooks';
import { AppView } from './app-view.js';
import { FleetReader, type Row } from './fleet.js';
import { FleetView } from './fleet-view.js';
import { Platform, WrongToken } from './platform.js';
import { usePolled } from './polling.js';
import { dropToken, takeToken } from './token.js';

export function Page() {
  const { token, appName } = useAddress();
  const [refused, setRefused] = useState<string>();
  if (token === undefined || token === refused) return <NoToken refused={refused !== undefined} />;
  const onWrongToken = () => {
    dropToken();
    setRefused(token);
  };
  return <PlatformPage key={token} token={token} appName={appName} onWrongToken={onWrongToken} />;
}

/** The address says which app is shown (`#/apps/shop`), and once the token. */
function useAddress(): { token: string | undefined; appName: string | undefined } {
  const read = () => ({ token: takeToken(), appName: /^#\/apps\/(.+)$/.exec(location.hash)?.[1] });
  const [address, setAddress] = useState(read);
  useEffect(() => {
    const onChange = () => setAddress(read());
    addEventListener('hashchange', onChange);
    return () => removeEventListener('hashchange', onChange);
  }, []);
  return address;
}

function NoToken({ refused }: { refused: boolean }) {
  return (
    <main class="notice">
      <h1>Local platform</h1>
      <p role={refused ? 'alert' : undefined}>
        {refused
          ? 'The platform does not accept the token of this page: it was stopped or reset since, and has a new one.'
          : 'This page needs the token of the platform, as its API does.'}
      </p>
      <p>The link that carries it is printed, in a terminal, by</p>
      <pre>npx local-platform status</pre>
    </main>
  );
}

interface PlatformPageProps {
  token: string;
  appName: string | undefined;
  onWrongToken(): void;
}

function PlatformPage({ token, appName, onWrongToken }: PlatformPageProps) {
  const platform = useMemo(() => new Platform(token), [token]);
  const read = useMemo(() => {
    const fleet = new FleetReader(platform);
    return (signal: AbortSignal) => fleet.read(signal);
  }, [platform]);
  const { value: rows, trouble, again } = usePolled(read);
  const isRefused = trouble instanceof WrongToken;
  useEffect(() => {
    if (isRefused) onWrongToken();
  }, [isRefused]);
  useEffect(() => {
    document.title = appName === undefined ? 'Local platform' : `${appName} · Local platform`;
  }, [appName]);
  return (
    <>
      <header class="top">
        <a class="home" href="#/" aria-current={appName === undefined ? 'page' : undefined}>
          <img src="/icon.svg" alt="" width="20" height="20" /> Local platform
        </a>
        <span class="quiet">{location.host}</span>
      </header>
      {trouble && <Trouble error={trouble} />}
      <main class={trouble ? 'stale' : ''}>
        {rows === undefined ? (
          !trouble && <p class="quiet">Reading the apps…</p>
        ) : appName === undefined ? (
          <FleetView rows={rows} />
        ) : (
          <OneApp platform={platform} rows={rows} name={appName} onChanged={again} />
        )}
      </main>
    </>
  );
}

function Trouble({ error }: { error: Error }) {
  return (
    <p class="banner" role="alert">
      <strong>{error.message}</strong> This page shows what it read last, and goes on by itself. If the
      platform was stopped: <code>npx local-platform start</code>
    </p>
  );
}

interface OneAppProps {
  platform: Platform;
  rows: readonly Row[];
  name: string;
  onChanged(): void;
}

function OneApp({ platform, rows, name, onChanged }: OneAppProps) {
  const row = rows.find(({ app }) => app.spec.name === name);
  if (row) return <AppView key={row.app.id} platform={platform} row={row} onChanged={onChanged} />;
  return (
    <p>
      There is no app “{name}”. <a href="#/">All apps</a>
    </p>
  );
}
