import parse from 'yargs-parser';
import { aliases, nxFlags, nxValues } from './nx-options.js';

/** A command line of Nx that runs targets. */
export interface NxCommand {
  kind: 'run' | 'run-many' | 'affected';
  targets: string[];
  /** As written: names, patterns, tags. Empty if Nx runs all projects, or that of the current folder. */
  projects: string[];
  exclude: string[];
  configuration: string | undefined;
  /** The options that Nx passes to each of the tasks. */
  options: Record<string, unknown>;
  /** Words that are not options. */
  words: string[];
  /** Options that choose what runs, but without a value: Nx ignores them. */
  empty: string[];
}

/** Options of `nx run-many` and `nx affected` whose value may span several words. */
const lists = new Set(['-p', '--projects', '--exclude', '--files', '-t', '--target', '--targets']);

/** Short names of targets that Nx has. */
const shortTargets: Record<string, string> = { b: 'build', e: 'e2e', l: 'lint', s: 'serve', t: 'test' };

/**
 * Reads a command line as Nx does.
 * @param args what follows `nx`
 * @returns undefined if it runs no targets
 */
export function readNxCommand(args: readonly string[]): NxCommand | undefined {
  const [first = ''] = args;
  if (first === '' || first.startsWith('-')) return undefined;
  const kind = first === 'run-many' ? first : /^affected(:|$)/.test(first) ? 'affected' : 'run';
  const { _: words, '--': rest, ...given } = readOptions(kind === 'run' ? args : joinLists(args));
  const texts = words.map(String);
  return kind === 'run' ? runOne(texts, rest, given) : runMany(kind, texts, rest, given);
}

function runMany(kind: 'run-many' | 'affected', [, ...words]: string[], rest: Rest, given: Given): NxCommand {
  return {
    kind,
    targets: namesIn(given['targets']),
    projects: namesIn(given['projects']),
    exclude: namesIn(given['exclude']),
    configuration: configurationIn(given),
    empty: emptyIn(given),
    ...overridesIn(rest ?? words),
  };
}

/** `run x:deploy:production`, or `deploy x`, where Nx does not read the project from an option. */
function runOne([first = '', ...more]: string[], rest: Rest, given: Given): NxCommand {
  const [second = ''] = more;
  const isNamed = second !== '' && !second.startsWith('-');
  const named = isNamed ? second : undefined;
  const [project, target, configuration] = first === 'run' ? runTask(named, given) : [named, first];
  return {
    kind: 'run',
    targets: target ? [shortTargets[target] ?? target] : [],
    projects: project ? [project] : [],
    exclude: [],
    configuration: configurationIn(given) ?? configuration,
    empty: emptyIn(given),
    ...overridesIn(rest ?? (isNamed ? more.slice(1) : more)),
  };
}

function runTask(named: string | undefined, given: Given): (string | undefined)[] {
  const [project, target, configuration] = named?.split(':') ?? [];
  return [
    text(given['project']) ?? text(given['projects']) ?? project,
    text(given['targets']) ?? target,
    configuration,
  ];
}

type Given = Record<string, unknown>;
type Rest = readonly (string | number)[] | undefined;

function readOptions(args: readonly string[]): parse.Arguments {
  return parse([...args], {
    string: nxValues,
    boolean: nxFlags,
    alias: aliases,
    configuration: {
      'unknown-options-as-args': true,
      'populate--': true,
      'parse-numbers': false,
      'parse-positional-numbers': false,
    },
  });
}

/** The rest, for the tasks, as Nx parses it a second time. */
function overridesIn(words: readonly (string | number)[]): Pick<NxCommand, 'options' | 'words'> {
  const configuration = { 'camel-case-expansion': false, 'dot-notation': true };
  const { _: left, ...options } = parse(words.map(String), { configuration });
  return { options, words: left.map(String) };
}

function emptyIn(given: Given): string[] {
  return ['configuration', 'projects', 'exclude']
    .filter((name) => given[name] === '')
    .map((name) => `--${name}`);
}

/** `-p a b` is `-p a,b`. */
function joinLists(args: readonly string[]): string[] {
  const joined: string[] = [];
  let list: string[] | undefined;
  const end = () => void (list && joined.push(list.join(',')));
  for (const [index, one] of args.entries()) {
    if (one === '--') return (end(), [...joined, ...args.slice(index)]);
    if (list && !one.startsWith('-')) {
      list.push(one);
      continue;
    }
    end();
    list = lists.has(one) ? [] : undefined;
    joined.push(one);
  }
  end();
  return joined;
}

function configurationIn(given: Given): string | undefined {
  return given['prod'] === true ? 'production' : text(given['configuration']);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function namesIn(value: unknown): string[] {
  return [value].flat().flatMap((one) => (typeof one === 'string' ? one.split(',').filter(Boolean) : []));
}
