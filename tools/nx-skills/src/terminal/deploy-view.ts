import type { DeployEvent, DeployResult } from '@odoobo/app-platform';
import { isSuperseded } from '../executors/run-status.js';
import { headline } from './describe-result.js';
import { countSkills, formatDuration, shortDigest } from './format.js';
import type { LiveBlock } from './live-block.js';
import { printable } from './printable.js';
import type { Style } from './style.js';
import { table } from './table.js';

/** What a skill is doing, while it is under way. */
interface UnderWay {
  since: number;
  doing: string;
}

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
  skipped: { mark: '-', color: 'yellow' },
  interrupted: { mark: '…', color: 'yellow' },
};

function markOf(result: DeployResult): Mark {
  return isSuperseded(result) ? { mark: '»', color: 'dim' } : marks[result.outcome];
}

export interface DeployViewOptions {
  /** Milliseconds since the epoch. */
  now?: () => number;
  /** What a run that changed nothing came to, but for so many images that were gone from their registry. */
  idle?: (skills: number, imagesPushed: number) => string;
}

/** What a run looks like on a terminal: who is under way now, a line for each skill that ends, and a closing table. */
export class DeployView {
  readonly #underWay = new Map<string, UnderWay>();
  readonly #results: DeployResult[] = [];
  readonly #nameWidth: number;
  readonly #now: () => number;
  readonly #idle: (skills: number, imagesPushed: number) => string;

  constructor(
    skills: readonly string[],
    readonly block: LiveBlock,
    readonly style: Style,
    { now = Date.now, idle = nothingToDeploy }: DeployViewOptions = {},
  ) {
    this.#now = now;
    this.#idle = idle;
    this.#nameWidth = Math.max(0, ...skills.map((skill) => skill.length));
  }

  event(event: DeployEvent): void {
    if (event.type === 'finished') return this.result(event.result);
    if (event.type === 'planned') this.#tellPlan(event);
    const doing = describeWork(event);
    if (doing === undefined) return;
    const since = this.#underWay.get(event.skill)?.since ?? this.#now();
    this.#underWay.set(event.skill, { since, doing });
    this.#draw();
  }

  result(result: DeployResult): void {
    this.#underWay.delete(result.skill);
    this.#results.push(result);
    this.block.print(this.#resultLine(result).split('\n'));
    this.#draw();
  }

  /** Shows how time passes. */
  tick(): void {
    this.#draw();
  }

  /**
   * The closing table, and what the run came to in a sentence.
   *
   * @param earlier results of earlier batches of the same run of Nx
   * @param expected how many skills the run deploys in all: while more are to come, a batch that changed nothing is silent
   */
  close(earlier: readonly DeployResult[], expected: number): void {
    this.block.clear();
    const results = [...earlier, ...this.#results];
    if (results.length < expected && nothingChanged(results)) return;
    const { bold, dim } = this.style;
    const head = ['SKILL', 'RESULT', 'DIGEST', 'DEPLOYMENT', 'URL', 'TIME'].map((title) => dim(title));
    const rows = results.sort((a, b) => (a.skill < b.skill ? -1 : 1)).map((result) => this.#row(result));
    const lines = table([head, ...rows]).map((line) => `  ${line}`);
    this.block.print(['', ...lines, '', `  ${bold(this.#summary(results))}`, '']);
  }

  /** Before it is written: what goes away, and what stays unasked. */
  #tellPlan({ skill, removes, keeps }: Extract<DeployEvent, { type: 'planned' }>): void {
    const { yellow, dim } = this.style;
    const name = skill.padEnd(this.#nameWidth);
    if (removes) this.block.print([`  ${yellow('!')} ${name}  removes ${removes.map(printable).join(', ')}`]);
    if (keeps) this.block.print([`  ${dim('·')} ${name}  keeps ${keeps.map(printable).join(', ')}`]);
  }

  #draw(): void {
    const rows = [...this.#underWay].map(([skill, { since, doing }]) => [
      this.style.cyan('•'),
      skill.padEnd(this.#nameWidth),
      doing,
      this.style.dim(formatDuration(this.#now() - since)),
    ]);
    this.block.draw(table(rows).map((line) => `  ${line}`));
  }

  #resultLine(result: DeployResult): string {
    const { mark, color } = markOf(result);
    const paint = this.style[color];
    const name = result.skill.padEnd(this.#nameWidth);
    return `  ${paint(mark)} ${name}  ${paint(headline(result))}${this.#aside(result)}`;
  }

  #aside({ cause, url, durationMs, note }: DeployResult): string {
    if (cause) return `  ${cause.code}: ${cause.message.split('\n')[0] ?? ''}`;
    const told = note ? `\n${note}`.replaceAll('\n', '\n      ') : '';
    return `  ${url ?? ''}  ${this.style.dim(formatDuration(durationMs))}${told}`;
  }

  #row(result: DeployResult): string[] {
    return [
      result.skill,
      this.style[markOf(result).color](headline(result)),
      shortDigest(result.digest),
      result.deploymentId ?? '-',
      result.url ?? '-',
      formatDuration(result.durationMs),
    ];
  }

  #summary(results: readonly DeployResult[]): string {
    if (nothingChanged(results))
      return this.#idle(results.length, results.filter(({ imagePushed }) => imagePushed).length);
    const counts = new Map<string, number>();
    for (const result of results) counts.set(headline(result), (counts.get(headline(result)) ?? 0) + 1);
    const told = [...counts].map(([word, number]) => `${number} ${word}`);
    return `${countSkills(results.length)}: ${told.join(', ')}.`;
  }
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
    case 'rolling-back':
      return `rolling back: ${event.reason}`;
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
  const live = skills === 1 ? 'is live as it should be' : 'are live as they should be';
  return `Nothing to deploy: ${countSkills(skills)} ${live}. ${imagesPushed === 0 ? 'Nothing was written.' : `${countImages(imagesPushed)} gone from the registry, and pushed again.`}`;
}

function countImages(images: number): string {
  return images === 1 ? '1 image was' : `${images} images were`;
}
