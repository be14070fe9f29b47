import { expect, it } from 'vitest';
import { type App, appSchema } from '../spec/index.js';
import { liveAppOf } from './live-app.js';

const digest = `sha256:${'a'.repeat(64)}`;
const spec = { name: 'shop', services: [{ name: 'web', envs: [{ key: 'SKILL_DIGEST', value: digest }] }] };

function app(fields: object): App {
  return appSchema.parse({ id: 'a', spec, ...fields });
}

it('returns where an app is live, and its artefact', () => {
  const live_url = 'https://shop.ondigitalocean.app';
  expect(liveAppOf(app({ live_url, active_deployment: { id: 'd', spec } }))).toEqual({
    url: live_url,
    deploymentId: 'd',
    digest,
  });
});

it('takes the artefact of what is live, not of what was last wanted', () => {
  const live = { id: 'd', spec: { name: 'shop', services: [{ name: 'web' }] } };
  expect(liveAppOf(app({ live_url: 'https://x', active_deployment: live })).digest).toBeUndefined();
});

it.each([
  [{}, 'shop has never been live: its last deployment failed.'],
  [
    { in_progress_deployment: { id: 'd-1', phase: 'BUILDING' } },
    'shop has never been live: deployment d-1 is BUILDING.',
  ],
  [{ active_deployment: { id: 'd' } }, 'shop is live but has no URL.'],
])('says why an app is nowhere: %j', (fields, message) => {
  expect(() => liveAppOf(app(fields))).toThrow(message);
});
