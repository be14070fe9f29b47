import { checkHealth } from '@odoobo/app-platform';
import type { Finding, Stage, Subject } from './stage.js';

/** The health path returns 200, at once or within the time limit. The metadata stage checks which artefact answers. */
export const health: Stage = { name: 'health', test: testHealth };

async function testHealth({ service, manifest, options }: Subject): Promise<Finding> {
  const timeoutMs = options.timeout * 1000;
  const report = await checkHealth(service, { healthPath: manifest.healthPath, timeoutMs });
  const tries = report.attempts === 1 ? 'at once' : `after ${report.attempts} attempts`;
  if (report.healthy) return { detail: `200 ${tries}`, problems: [] };
  return {
    detail: `not healthy ${tries}`,
    problems: [`GET ${report.url}: ${report.trouble ?? 'no answer'}; gave up after ${options.timeout} s`],
  };
}
