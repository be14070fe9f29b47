import { openIngress } from '@odoobo/ingress';

/** The ingress of one app, in its own process. Arguments: its port, the port of the service. */
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
// A normal exit, so that Node writes the profile.
process.on('SIGTERM', () => process.exit());
