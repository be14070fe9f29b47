import { commandOf } from '../manifest/skill-place.js';
import { placementsIn } from '../placement/placements-file.js';
import type { PreparedSkill } from './prepare.js';

/**
 * A prepared app of the skill `shop`.
 * @param entry of `file.yaml`, such as `name: eu, region: fra`; undefined for an app that is no placement
 */
export function placedSkill(skill: string, entry: string | undefined): PreparedSkill {
  const [written] = entry === undefined ? [] : placementsIn(`placements: [{ ${entry} }]`, 'file.yaml');
  const placement = written && { ...written, of: 'shop' };
  const request = { skill, spec: { name: skill }, healthPath: '/', digest: '-', timeoutMs: 1, after: [] };
  const command = commandOf([], skill);
  const place = { skill, command, skillRoot: 'shop', after: [], workspaceRoot: '/', placement };
  const task = { ...place, sources: [], uncommitted: [], checkout: undefined, origin: {} };
  return { request, written: request.spec, task, imageDirectory: '/', missing: [] };
}
