import type { FastifyInstance } from 'fastify';
import type { ApiContext } from '../api/context.js';
import { parseInput } from '../api/input.js';
import { deliverySchema } from '../state/delivery-report.js';
import { pageData } from './addresses.js';
import type { DeliveryAnswer } from './answers.js';

/** The delivery figures: who deploys sends them, the page and the metrics show them. */
export function deliveryRoutes(server: FastifyInstance, { delivery }: ApiContext): void {
  const path = `${pageData}delivery`;
  server.get(path, async (): Promise<DeliveryAnswer> => ({ delivery: delivery.read() ?? null }));
  server.put(path, async ({ body }): Promise<DeliveryAnswer> => {
    await delivery.replace(parseInput(deliverySchema, body));
    return { delivery: delivery.read() ?? null };
  });
}
