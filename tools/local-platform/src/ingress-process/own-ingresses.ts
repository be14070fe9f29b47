import { openIngress } from '@odoobo/ingress';
import type { Layout } from '../state/layout.js';
import { type Ingresses, readIngress } from './ingresses.js';
import { stopIngressProcess } from './stop-ingress-process.js';

/** The addresses of all apps, served by this process. */
export function ownIngresses(layout: Layout): Ingresses {
  return {
    // A process that a killed server left would keep the ports.
    begin: async () => void (await stopIngressProcess(layout)),
    open: async (options) => {
      const ingress = await openIngress(options);
      const { port, url, setInstances, close } = ingress;
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
        close,
      };
    },
    closeOthers: async () => undefined,
    close: async () => undefined,
  };
}
