import type { FastifyInstance } from 'fastify';
import { ApiError } from '../errors/api-error.js';

/** A console in a container. Here a service is a process of the user, who has a terminal already. */
const consoles = [
  '/v2/apps/:app/components/:component/exec',
  '/v2/apps/:app/deployments/:deployment/components/:component/exec',
];

/** Answers 501 with a sentence, so that nobody takes what this server leaves out for an error of theirs. */
export function refusedRoutes(server: FastifyInstance): void {
  for (const path of consoles) {
    server.get(path, async () => {
      throw new ApiError(
        501,
        'The local platform opens no console: services are processes of this machine, without a container to enter. ' +
          'Look at their logs, or at the processes by GET .../instances.',
      );
    });
  }
}
