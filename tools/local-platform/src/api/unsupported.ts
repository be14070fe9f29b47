import type { FastifyInstance, HTTPMethods } from 'fastify';
import { notHere } from '../errors/api-error.js';
import { requireApp } from './apps.js';
import type { ApiContext, AppRoute } from './context.js';

/** An operation that this server does not have, and what to do instead. Also operations that only godo (apps.go) knows. */
interface Unsupported {
  method: HTTPMethods;
  path: string;
  /** As of `notHere`. */
  why: readonly [what: string, instead: string];
}

const buildpacks = [
  'has no buildpacks: it builds with the tools of this machine',
  'Update those, such as node and python.',
] as const;
const databases = [
  'has no management of databases',
  'Bind a variable of the component that needs its address to one such as ${db.DATABASE_URL}.',
] as const;

const unsupported: readonly Unsupported[] = [
  { method: 'GET', path: '/v2/apps/buildpacks', why: buildpacks },
  { method: 'POST', path: '/v2/apps/:app/upgrade_buildpack', why: buildpacks },
  {
    method: 'POST',
    path: '/v2/apps/detect',
    why: [
      'has no detection of what a repository holds',
      'Write the spec, and check it: POST /v2/apps/propose.',
    ],
  },
  { method: 'GET', path: '/v2/apps/:app/database_connection_details', why: databases },
  { method: 'POST', path: '/v2/apps/:app/components/:component/reset_password', why: databases },
  { method: 'GET', path: '/v2/apps/:app/components/:component/trusted_sources', why: databases },
  { method: 'POST', path: '/v2/apps/:app/components/:component/trusted_sources', why: databases },
];

/** Answers 501 with a sentence, so that users do not take a missing feature of this server for their own error. */
export function unsupportedRoutes(server: FastifyInstance, context: ApiContext): void {
  for (const { method, path, why } of unsupported) {
    server.route<AppRoute>({
      method,
      url: path,
      handler: async ({ params }) => {
        if (params.app !== undefined) requireApp(context, params.app);
        throw notHere(...why);
      },
    });
  }
}
