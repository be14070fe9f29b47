import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { type Address, type Tab, tabs, useAddress } from './address.js';
import { AppView } from './app-view.js';
import { WrongToken } from './connection.js';
import { FleetReader, type Row } from './fleet.js';
import { FleetView } from './fleet-view.js';
import { NoToken } from './no-token.js';
import { Platform } from './platform.js';
import { usePolled } from './polling.js';
import { dropToken } from './token.js';

export function Page() {
  const address = useAddress();
  const { token } = address;
  const [refused, setRefused] = useState<string>();
  if (token === undefined || token === refused) return <NoToken refused={refused !== undefined} />;
  const onWrongToken = () => {
    dropToken();
    setRefused(token);
  };
  return <PlatformPage key={token} token={token} address={address} onWrongToken={onWrongToken} />;
}

interface PlatformPageProps {
  token: string;
  address: Address;
  onWrongToken(): void;
}

function PlatformPage({ token, address: { app, tab }, onWrongToken }: PlatformPageProps) {
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
  const main = useFocusOnChange(app);
  useEffect(() => {
    document.title = titleOf(app, tab);
  }, [app, tab]);
  return (
    <>
      <header class="top">
        <a class="home" href="#/" aria-current={app === undefined ? 'page' : undefined}>
          <img src="/icon.svg" alt="" width="20" height="20" /> Local platform
        </a>
        <span class="quiet">{location.host}</span>
      </header>
      {trouble && <Trouble error={trouble} />}
      <main ref={main} tabIndex={-1} class={trouble ? 'stale' : ''}>
        {rows === undefined ? (
          !trouble && <p class="quiet">Loading the apps…</p>
        ) : app === undefined ? (
          <FleetView platform={platform} rows={rows} />
        ) : (
          <OneApp platform={platform} rows={rows} name={app} tab={tab} onChanged={again} />
        )}
      </main>
    </>
  );
}

function titleOf(app: string | undefined, tab: Tab): string {
  if (app === undefined) return 'Local platform';
  return tab === 'deployments' ? `${app} · Local platform` : `${tabs[tab]} of ${app} · Local platform`;
}

/** Moves the focus to what another address shows: the link that led there is gone, and the focus with it. */
function useFocusOnChange(app: string | undefined) {
  const main = useRef<HTMLElement>(null);
  const before = useRef(app);
  useEffect(() => {
    if (before.current !== app) main.current?.focus();
    before.current = app;
  }, [app]);
  return main;
}

function Trouble({ error }: { error: Error }) {
  return (
    <div class="banner bad" role="alert">
      <span>
        <strong>{error.message}</strong> This page shows what it read last, and tries again every few seconds.
      </span>
      <span>
        If the platform was stopped: <code>npx local-platform start</code>. If it is at another address:{' '}
        <code>npx local-platform status</code> prints the link.
      </span>
    </div>
  );
}

interface OneAppProps {
  platform: Platform;
  rows: readonly Row[];
  name: string;
  tab: Tab;
  onChanged(): void;
}

function OneApp({ platform, rows, name, tab, onChanged }: OneAppProps) {
  const row = rows.find(({ app }) => app.spec.name === name);
  if (row) return <AppView key={row.app.id} platform={platform} row={row} tab={tab} onChanged={onChanged} />;
  return (
    <p>
      There is no app “{name}”. <a href="#/">All apps</a>
    </p>
  );
}
