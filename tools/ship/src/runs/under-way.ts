import { formatDuration } from '../terminal/format.js';
import type { Drawing } from '../terminal/live-block.js';
import type { Style } from '../terminal/style.js';
import { table } from '../terminal/table.js';

/** The activities of a skill, the most urgent first. */
const kinds = ['failing', 'rolling back', 'running', 'waiting'] as const;

export type Kind = (typeof kinds)[number];

const marks = {
  failing: { mark: '!', color: 'red' },
  'rolling back': { mark: '↩', color: 'yellow' },
  running: { mark: '•', color: 'cyan' },
  waiting: { mark: '·', color: 'dim' },
} as const;

/** Sorted by name within a kind, so that lines keep their order. */
function byNeed([nameA, a]: readonly [string, Work], [nameB, b]: readonly [string, Work]): number {
  return kinds.indexOf(a.kind) - kinds.indexOf(b.kind) || (nameA < nameB ? -1 : 1);
}

interface Work {
  since: number;
  kind: Kind;
  doing: string;
}

/** The skills in progress, with their start time and activity. */
export class UnderWay {
  readonly #works = new Map<string, Work>();
  readonly #nameWidth: number;

  /** @param now milliseconds since the epoch */
  constructor(
    skills: readonly string[],
    readonly style: Style,
    readonly now: () => number = Date.now,
  ) {
    this.#nameWidth = Math.max(0, ...skills.map((skill) => skill.length));
  }

  set(skill: string, doing: string, kind: Kind = 'running'): void {
    const since = this.#works.get(skill)?.since ?? this.now();
    this.#works.set(skill, { since, doing, kind });
  }

  delete(skill: string): void {
    this.#works.delete(skill);
  }

  /** One line each; lines that do not fit are counted. */
  readonly drawing: Drawing = ({ rows }) => {
    const works = [...this.#works].sort(byNeed);
    if (works.length <= rows) return this.#lines(works);
    const shown = works.slice(0, Math.max(0, rows - 1));
    return [...this.#lines(shown), this.#leftOut(works.slice(shown.length))];
  };

  /** The part that may be cut off comes last. */
  #lines(works: readonly (readonly [string, Work])[]): string[] {
    const { dim } = this.style;
    const cells = works.map(([skill, { kind, doing, since }]) => {
      const { mark, color } = marks[kind];
      const time = dim(formatDuration(this.now() - since));
      return [`${this.style[color](mark)} ${skill.padEnd(this.#nameWidth)}`, time, doing];
    });
    return table(cells).map((line) => `  ${line}`);
  }

  #leftOut(works: readonly (readonly [string, Work])[]): string {
    const counts = kinds.flatMap((kind) => {
      const count = works.filter(([, work]) => work.kind === kind).length;
      return count > 0 ? [`${count} ${kind}`] : [];
    });
    return `  ${this.style.dim(`and ${works.length} more: ${counts.join(', ')}`)}`;
  }
}
