import { type Ingress, openIngress } from '@odoobo/ingress';
import type { Layout } from '../state/layout.js';
import { type Ingresses, readIngress } from './ingresses.js';
import { stopIngressProcess } from './stop-ingress-process.js';

/** The addresses of all apps, served by this process. */
export function ownIngresses(layout: Layout): Ingresses {
  const open = new Set<Ingress>();
  return {
    // A process that a killed server left would keep the ports.
    begin: async () => void (await stopIngressProcess(layout)),
    open: async (options) => {
      const ingress = await openIngress(options);
      open.add(ingress);
      const { port, url, setInstances } = ingress;
      return {
        port,
        url,
        switchTo: async (traffic, how) => ({ drained: ingress.switchTo(traffic, how) }),
        setInstances,
        read: async () => readIngress(ingress),
        sleep: async (traffic, component) => ingress.sleep(traffic, component),
        untilAsked: (traffic, component) => ingress.untilAsked(traffic, component),
        wakeFailed: async (...failed) => ingress.wakeFailed(...failed),
        loads: async () => ingress.loads(),
        close: async () => {
          open.delete(ingress);
          await ingress.close();
        },
      };
    },
    counts: async () => new Map([...open].map((one) => [one.port, one.counts()])),
    closeOthers: async () => undefined,
    close: async () => undefined,
  };
}
