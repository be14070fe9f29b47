import type { AppSpec, Phase } from '@odoobo/app-platform/spec';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { presentProgress } from '../api/present.js';
import type { AppRecord, DeploymentRecord } from '../state/app-record.js';
import { noDigest, specOf } from '../testing/platform.test.helper.js';
import { newApp, newDeployment } from './new-records.js';
import {
  activate,
  addDeployment,
  enter,
  fail,
  isUnderWay,
  PhaseError,
  startWaiting,
  underWay,
  withDeployment,
} from './phases.js';

const now = '2026-01-01T00:00:00.000Z';
const spec = specOf('shop', noDigest);

type Event = 'deploy' | 'fail' | 'wait' | Phase;
const event = fc.constantFrom<Event>(
  'deploy',
  'fail',
  'wait',
  'BUILDING',
  'PENDING_DEPLOY',
  'DEPLOYING',
  'ACTIVE',
  'CANCELED',
  'SUPERSEDED',
);

function apply(app: AppRecord, name: Event): AppRecord {
  if (name === 'deploy') return addDeployment(app, newDeployment(spec, 'manual', now), now);
  const current = underWay(app);
  if (!current) return app;
  const change = {
    fail: () => fail(current, { code: 'InternalError', message: 'x' }, now),
    wait: () => startWaiting(current, now),
  };
  if (name === 'ACTIVE') return activate(app, current.id, now);
  return withDeployment(
    app,
    current.id,
    name === 'fail' || name === 'wait' ? change[name] : () => enter(current, name, now),
  );
}

/** What cannot follow is refused with a PhaseError; the app then stays as it was. */
function applyIfPossible(app: AppRecord, name: Event): AppRecord {
  try {
    return apply(app, name);
  } catch (error) {
    if (error instanceof PhaseError) return app;
    throw error;
  }
}

it('never has two live deployments or two in progress, and never loses the live one', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 300 }), (events) => {
      let app = newApp(spec, now);
      for (const name of events) {
        const wasLive = app.deployments.some(({ phase }) => phase === 'ACTIVE');
        app = applyIfPossible(app, name);
        const live = app.deployments.filter(({ phase }) => phase === 'ACTIVE').length;
        expect(live).toBe(wasLive ? 1 : live);
        expect(live).toBeLessThanOrEqual(1);
        expect(app.deployments.filter(isUnderWay).length).toBeLessThanOrEqual(1);
        expect(app.deployments.length).toBeLessThanOrEqual(101);
      }
    }),
  );
});

it('counts every leaf step once, and a deployment is live only when all succeeded', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      const app = events.reduce(applyIfPossible, newApp(spec, now));
      for (const deployment of app.deployments) {
        const {
          total_steps: total = 0,
          success_steps: success = 0,
          error_steps: error = 0,
          ...rest
        } = presentProgress(deployment.steps);
        expect(success + error + (rest.pending_steps ?? 0) + (rest.running_steps ?? 0)).toBe(total);
        if (deployment.phase === 'ACTIVE') expect(success).toBe(total);
        if (deployment.phase === 'ERROR') expect(error).toBe(1);
      }
    }),
  );
});

const reason = { code: 'BuildJobExitNonZero', message: 'x' };
const [web] = spec.services ?? [];
const wide: AppSpec = {
  name: 'shop',
  services: [web, { ...web, name: 'api' }] as NonNullable<AppSpec['services']>,
  jobs: [{ name: 'undo', kind: 'FAILED_DEPLOY', image: { registry_type: 'DOCR', repository: 'undo' } }],
};
/** Each step with its status, such as `build/web ERROR`. */
const outline = ({ steps }: DeploymentRecord) =>
  steps.map(({ path, status }) => `${path.filter((name) => name !== 'components').join('/')} ${status}`);
const through = (phases: readonly Phase[]) =>
  phases.reduce((one, phase) => enter(one, phase, now), newDeployment(wide, 'manual', now));

it.each([undefined, 'web'])(
  'a failed build is one of its component, and nothing is deployed (%s)',
  (component) => {
    const failed = fail(through(['BUILDING']), reason, now, component);
    expect(outline(failed)).toEqual([
      'build/initialize SUCCESS',
      'build/web ERROR',
      'build/api RUNNING',
      'build/undo RUNNING',
      ...[
        'initialize',
        'web/deploy',
        'web/wait',
        'api/deploy',
        'api/wait',
        'undo/deploy',
        'undo/wait',
        'finalize',
      ].map((name) => `deploy/${name} PENDING`),
    ]);
    const { steps: [build, deploy] = [] } = presentProgress(failed.steps);
    expect([build?.status, deploy?.status]).toEqual(['ERROR', 'PENDING']);
  },
);

it('a job that runs on failure stays pending in a deployment that succeeds', () => {
  const deploying = startWaiting(through(['BUILDING', 'PENDING_DEPLOY', 'DEPLOYING']), now);
  const live = enter(deploying, 'ACTIVE', now);
  expect(outline(live).filter((line) => !line.endsWith('SUCCESS'))).toEqual([
    'deploy/undo/deploy PENDING',
    'deploy/undo/wait PENDING',
  ]);
  expect(presentProgress(live.steps)).toMatchObject({ success_steps: 10, pending_steps: 2, total_steps: 12 });
  // Terraform waits until these succeed, and does not look at what is below them.
  expect(presentProgress(deploying.steps).steps?.map(({ status }) => status)).toEqual(['SUCCESS', 'RUNNING']);
  const { steps = [], pending_steps: pending } = presentProgress(live.steps);
  expect(steps.map(({ status }) => status)).toEqual(['SUCCESS', 'SUCCESS']);
  expect(pending).toBe(2);
});
