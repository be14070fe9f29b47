import type { DeployEvent, DeployResult } from '@odoobo/app-platform';
import { rolloutStatus } from '../records/rollout-status.js';
import { isSuccess, isSuperseded } from '../records/run-status.js';
import { describeRollout } from '../rollout/describe-rollout.js';
import { countSkills, formatDuration, shortDigest } from '../terminal/format.js';
import type { LiveBlock } from '../terminal/live-block.js';
import { printable } from '../terminal/printable.js';
import { resultTable } from '../terminal/result-table.js';
import type { Style } from '../terminal/style.js';
import type { Column } from '../terminal/table.js';
import { truncate } from '../terminal/truncate.js';
import { briefCause, causeLine, headline } from './describe-result.js';
import { type Kind, UnderWay } from './under-way.js';

interface Mark {
  mark: string;
  color: 'green' | 'red' | 'yellow' | 'dim';
}

const marks: Record<DeployResult['outcome'], Mark> = {
  deployed: { mark: '✔', color: 'green' },
  unchanged: { mark: '✔', color: 'dim' },
  failed: { mark: '✖', color: 'red' },
  'rolled-back': { mark: '↩', color: 'red' },
  superseded: { mark: '✖', color: 'yellow' },
  held: { mark: '‖', color: 'yellow' },
  waiting: { mark: '‖', color: 'yellow' },
  skipped: { mark: '-', color: 'yellow' },
  interrupted: { mark: '…', color: 'yellow' },
};

function markOf(result: DeployResult): Mark {
  return isSuperseded(result) ? { mark: '»', color: 'dim' } : marks[result.outcome];
}

export interface DeployViewOptions {
  /** Milliseconds since the epoch. */
  now?: () => number;
  /** The summary of a run that changed nothing, except for images that were missing in their registry. */
  idle?: (skills: number, imagesPushed: number) => string;
}

/** The display of a run: the skills in progress, a line for each finished skill, and a closing table. */
export class DeployView {
  readonly #underWay: UnderWay;
  readonly #goingBack = new Set<string>();
  readonly #results: DeployResult[] = [];
  readonly #nameWidth: number;
  readonly #idle: (skills: number, imagesPushed: number) => string;

  constructor(
    skills: readonly string[],
    readonly block: LiveBlock,
    readonly style: Style,
    { now, idle = nothingToDeploy }: DeployViewOptions = {},
  ) {
    this.#underWay = new UnderWay(skills, style, now);
    this.#idle = idle;
    this.#nameWidth = Math.max(0, ...skills.map((skill) => skill.length));
  }

  event(event: DeployEvent): void {
    if (event.type === 'finished') return this.result(event.result);
    if (event.type === 'planned') this.#showPlan(event);
    if (event.type === 'rolling-back') this.#goingBack.add(event.skill);
    const doing = describeWork(event);
    if (doing === undefined) return;
    this.#underWay.set(event.skill, doing, this.#kindOf(event));
    this.tick();
  }

  result(result: DeployResult): void {
    // Before its line is printed, because the block is drawn together with it.
    this.#underWay.delete(result.skill);
    this.tick();
    this.#results.push(result);
    this.block.print(this.#resultLines(result));
  }

  /** Updates the elapsed times. */
  tick(): void {
    this.block.draw(this.#underWay.drawing);
  }

  /**
   * The closing table, a summary, and a repetition of failures that are far above.
   * @param earlier results of earlier batches of the same run of Nx
   * @param expected how many skills the run deploys in all: until the last batch, a batch that changed nothing prints
   * nothing
   */
  closing(earlier: readonly DeployResult[], expected: number): string {
    const results = [...earlier, ...this.#results].sort((a, b) => (a.skill < b.skill ? -1 : 1));
    if (results.length < expected && nothingChanged(results)) return '';
    const { style } = this;
    const failed = results.filter((result) => !isSuccess(result) && isFarAbove(result, results));
    const again = failed.map((result) => this.#resultLine(result, briefCause).trimStart());
    const sentences = [this.#summary(results), ...(again.length > 0 ? [''] : []), ...again];
    return resultTable(columnsOf(style), results, sentences, { style, columns: this.block.columns });
  }

  #kindOf({ type, skill }: DeployEvent): Kind {
    if (this.#goingBack.has(skill)) return 'rolling back';
    return type === 'waiting' ? 'waiting' : 'running';
  }

  /** Shown before the write: what it removes, and what it keeps. */
  #showPlan({ skill, removes, keeps }: Extract<DeployEvent, { type: 'planned' }>): void {
    const { yellow, dim } = this.style;
    const name = skill.padEnd(this.#nameWidth);
    if (removes) this.block.print([`  ${yellow('!')} ${name}  removes ${removes.map(printable).join(', ')}`]);
    if (keeps) this.block.print([`  ${dim('·')} ${name}  keeps ${keeps.map(printable).join(', ')}`]);
  }

  /** In a terminal a cause is cut to one line; the full cause follows at the end of the run. */
  #resultLines(result: DeployResult): string[] {
    const line = this.#resultLine(result);
    if (result.cause) return [truncate(line, this.block.columns)];
    return [line, ...(result.note?.split('\n') ?? []).map((part) => `      ${part}`)];
  }

  #resultLine(result: DeployResult, describe = causeLine): string {
    const { mark, color } = markOf(result);
    const paint = this.style[color];
    const name = result.skill.padEnd(this.#nameWidth);
    return `  ${paint(mark)} ${name}  ${paint(headline(result))}${this.#aside(result, describe)}`;
  }

  #aside({ cause, url, durationMs }: DeployResult, describe: typeof causeLine): string {
    if (cause) return `  ${describe(cause)}`;
    return `  ${url ?? ''}  ${this.style.dim(formatDuration(durationMs))}`;
  }

  #summary(results: readonly DeployResult[]): string {
    if (nothingChanged(results))
      return this.#idle(results.length, results.filter(({ imagePushed }) => imagePushed).length);
    const counts = new Map<string, number>();
    for (const result of results) counts.set(headline(result), (counts.get(headline(result)) ?? 0) + 1);
    const parts = [...counts].map(([word, number]) => `${number} ${word}`);
    return `${countSkills(results.length)}: ${parts.join(', ')}.`;
  }
}

function columnsOf(style: Style): Column<DeployResult>[] {
  return [
    { title: 'SKILL', cell: ({ skill }) => skill },
    { title: 'RESULT', cell: (result) => style[markOf(result).color](headline(result)) },
    { title: 'DIGEST', cell: ({ digest }) => shortDigest(digest), drop: 2 },
    { title: 'DEPLOYMENT', cell: ({ deploymentId = '-' }) => deploymentId, drop: 1 },
    { title: 'URL', cell: ({ url = '-' }) => url, below: true },
    { title: 'TIME', cell: ({ durationMs }) => formatDuration(durationMs), drop: 3 },
  ];
}

/**
 * Nx's output about other skills, or the end of a log, is between a cause and the table. For interrupted skills Nx
 * prints nothing.
 */
function isFarAbove({ cause, outcome }: DeployResult, all: readonly DeployResult[]): boolean {
  return all.length > 1 || outcome === 'interrupted' || (cause !== undefined && cause.logTail.length > 0);
}

function nothingChanged(results: readonly DeployResult[]): boolean {
  return results.every(({ outcome }) => outcome === 'unchanged');
}

function describeWork(event: Exclude<DeployEvent, { type: 'finished' }>): string | undefined {
  switch (event.type) {
    case 'planned':
      return event.action === 'follow' ? 'following the deployment that is under way' : undefined;
    case 'waiting':
      return event.reason === 'deployer'
        ? `waiting: another deploy is writing (${event.for})`
        : `waiting for ${awaited(event)}`;
    case 'written':
      return 'sent';
    case 'progress':
      return `${phaseWord(event.phase)} ${event.done}/${event.total}${event.step ? `  ${event.step}` : ''}`;
    case 'active':
      return 'live';
    case 'verifying':
    case 'verified':
      return 'checking its health';
    case 'smoke-testing':
    case 'smoke-tested':
      return 'testing it';
    case 'rollout':
      return describeRollout(rolloutStatus(event));
    case 'rolling-back':
      return `rolling back: ${printable(event.reason)}`;
    case 'rolled-back':
      return 'rolled back';
  }
}

function awaited({ reason, for: what }: Extract<DeployEvent, { type: 'waiting' }>): string {
  return reason === 'push' ? 'the deployment that the push starts' : what;
}

function phaseWord(phase: string): string {
  return phase.toLowerCase().replaceAll('_', ' ');
}

function nothingToDeploy(skills: number, imagesPushed: number): string {
  const done = `Nothing to deploy: ${countSkills(skills)} ${skills === 1 ? 'is' : 'are'} already up to date`;
  return imagesPushed === 0
    ? `${done}.`
    : `${done}; ${countImages(imagesPushed)} missing in the registry, and pushed again.`;
}

function countImages(images: number): string {
  return images === 1 ? '1 image was' : `${images} images were`;
}
