import { type DeployEvent, type DeployResult, ownCauseCodes, withMore } from '@odoobo/app-platform';
import type { SkillCommand } from '../manifest/skill-place.js';

/** The codes for an app that is pinned: ours, and App Platform's own when it validates a rollback. */
const pinnedCodes: readonly string[] = [ownCauseCodes.pinned, 'app_pinned'];

/**
 * The result with the commands to continue with; the engine does not know them.
 * @param command of the skill, for the same platform; undefined for a preview, because commands are about the skill's own app
 */
export function withAdvice(result: DeployResult, command: SkillCommand | undefined): DeployResult {
  if (command === undefined) return result;
  const { skill, pinned, note, cause } = result;
  const rollback = command('rollback');
  if (pinned || pinnedCodes.includes(cause?.code ?? '')) {
    const advice = `${skill} is pinned, so nothing deploys. Keep the rollback: ${rollback} --commit. Undo it: ${rollback} --revert`;
    return cause
      ? { ...result, cause: { ...cause, message: `${cause.message}\n${advice}` } }
      : { ...result, note: note ? `${note}\n${advice}` : advice };
  }
  if (result.outcome === 'waiting')
    return { ...result, note: withMore(note ?? '', optionFor(ownCauseCodes.rolloutWaits, command) ?? '') };
  const advice = wayOn(result, rollback) ?? optionFor(cause?.code, command) ?? aboutPath(cause);
  return cause && advice
    ? { ...result, cause: { ...cause, message: withMore(cause.message, advice) } }
    : result;
}

/** The option of deploy that overrides a refusal; undefined if there is none. */
export function optionFor(code: string | undefined, command: SkillCommand): string | undefined {
  const deploy = command('deploy');
  const rollout = command('rollout');
  switch (code) {
    case ownCauseCodes.notOurs:
      return `Take it over, and keep what the App Spec does not mention: ${deploy} --adopt`;
    case ownCauseCodes.losesSecrets:
      return `Remove them: ${deploy} --prune`;
    case ownCauseCodes.rolloutWaits:
      return `Approve it: ${rollout} --approve. Then: ${deploy}. Or end it: ${rollout} --abort`;
    case ownCauseCodes.rolloutHeld:
      return `Let it go on: ${rollout} --go-on. Then: ${deploy}. Or end it: ${rollout} --promote, or --abort`;
    case ownCauseCodes.noRouter:
      return `End it: ${rollout} --promote, or --abort`;
    default:
      return undefined;
  }
}

function wayOn({ cause, action }: DeployResult, rollback: string): string | undefined {
  switch (cause?.code) {
    case ownCauseCodes.neverLive:
      return `Delete its app: ${rollback} --delete-if-first`;
    case ownCauseCodes.rolledBackFrom:
      return `Restore it anyway: ${rollback} --to=<deployment>`;
    case ownCauseCodes.unhealthy:
    case ownCauseCodes.smokeTest:
      return action === 'none' ? `Restore the version before it: ${rollback}` : undefined;
    default:
      return undefined;
  }
}

const healthCodes: readonly string[] = [ownCauseCodes.unhealthy, 'DeployContainerHealthChecksFailed'];

/** A service that runs, but knows nothing of its health path. */
function aboutPath(cause: DeployResult['cause']): string | undefined {
  if (!cause || !healthCodes.includes(cause.code) || !/\b404\b/.test(cause.message)) return undefined;
  return 'It has no such path: correct healthPath in its manifest, and http_path in its App Spec';
}

/** The same for the event that contains a result. */
export function adviseEvent(event: DeployEvent, command: SkillCommand): DeployEvent {
  return event.type === 'finished' ? { ...event, result: withAdvice(event.result, command) } : event;
}
