import { useEffect, useState } from 'preact/hooks';
import { takeToken } from './token.js';

/** The views of an app, by their names in the address. */
export const tabs = {
  deployments: 'Deployments',
  rollout: 'Rollout',
  metrics: 'Metrics',
  variables: 'Variables',
} as const;
export type Tab = keyof typeof tabs;

export interface Address {
  token: string | undefined;
  /** The app that is shown; undefined for all. */
  app?: string;
  tab: Tab;
}

/** The address says what is shown (`#/apps/shop`, `#/apps/shop/metrics`), and once the token. */
export function useAddress(): Address {
  const [address, setAddress] = useState(() => readAddress());
  useEffect(() => {
    const onChange = ({ oldURL }: HashChangeEvent) => setAddress(readAddress(new URL(oldURL).hash));
    addEventListener('hashchange', onChange);
    return () => removeEventListener('hashchange', onChange);
  }, []);
  return address;
}

/** @param before what the address said last: a link with a token asks for nothing else to be shown */
function readAddress(before = ''): Address {
  const token = takeToken(before);
  const [, app, tab = ''] = /^#\/apps\/([^/]+)(?:\/(.+))?$/.exec(location.hash) ?? [];
  return { token, ...(app !== undefined && { app }), tab: isTab(tab) ? tab : 'deployments' };
}

function isTab(name: string): name is Tab {
  return Object.hasOwn(tabs, name);
}

export function addressOf(app: string, tab: Tab = 'deployments'): string {
  return tab === 'deployments' ? `#/apps/${app}` : `#/apps/${app}/${tab}`;
}
