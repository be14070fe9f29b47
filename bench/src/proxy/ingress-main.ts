import { openIngress } from '@odoobo/local-platform/ingress';

/** The ingress of one app, in a process of its own. Arguments: its port, the port of the service. */
const [port, service] = process.argv.slice(2).map(Number);
const ingress = await openIngress({ port: port ?? 0, app: 'bench' });
await ingress.switchTo(
  {
    deployment: 'bench',
    rules: [{ path: { prefix: '/' }, to: { component: 'web', preservePathPrefix: false } }],
    components: new Map([['web', { ports: [service ?? 0] }]]),
  },
  { drainMs: 0 },
);
// An orderly end, at which a profile is written.
process.on('SIGTERM', () => process.exit());
