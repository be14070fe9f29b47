import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { table } from '../support/report.js';
import { median } from '../support/statistics.js';
import { compareWithChromium, type Comparison, launchChromium } from './design-tokens/chromium-colors.js';
import { type PublicSheet, publicSheets, tools } from './design-tokens/sheets.js';
import { peakMemory, type Service, underLoad, withService } from './service.js';

const run = promisify(execFile);
const repository = join(import.meta.dirname, '../../..');
const scripts = join(repository, 'bench/src/skills/design-tokens');
const rounds = 5;
const loadRequests = 200;
const atOnce = 8;

/** What the skill answers, as far as it is counted here. */
interface Answer {
  content: string;
  count: number;
  properties?: Record<string, string>;
  skipped: { name: string }[];
  tokens: Record<string, Record<string, { $value: unknown }>>;
}

interface Row {
  sheet: PublicSheet;
  properties: number;
  typed: number;
  named: number;
  colors: Comparison | undefined;
  file: string;
}

interface Readings {
  terrazzo: number | string;
  styleDictionary: number | string;
}

/**
 * design-tokens on public style sheets: what becomes of their custom properties, whether the colours are Chromium's, who reads the
 * tokens, and what 1 MB takes beside Project Wallace's css-design-tokens.
 * @returns lines of Markdown
 */
export async function measureDesignTokens(signal: AbortSignal): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-tokens-'));
  try {
    const sheets = publicSheets.map(({ package: name, version }) =>
      name === 'tailwindcss3' ? `${name}@npm:tailwindcss@${version}` : `${name}@${version}`,
    );
    await writeFile(join(folder, 'package.json'), '{}');
    if (!(await install(folder, sheets, signal))) {
      return ['## design-tokens', '', 'Skipped: the style sheets cannot be installed with npm.'];
    }
    const hasTools = await install(folder, Object.values(tools), signal);
    return await withService('design-tokens', {}, signal, async (skill) => {
      const rows = await readSheets(skill, folder, signal);
      const readings = hasTools ? await readTokens(folder, rows, signal) : undefined;
      const time = await timeLargest(skill, folder, hasTools, signal);
      return [
        '## design-tokens',
        '',
        ...describeSheets(rows, readings),
        '',
        ...time,
        '',
        await memoryUnderLoad(skill, folder),
      ];
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function install(folder: string, packages: string[], signal: AbortSignal): Promise<boolean> {
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--legacy-peer-deps'];
  return run('npm', ['install', ...options, ...packages], { cwd: folder, signal }).then(
    () => true,
    () => false,
  );
}

async function extract({ invoke }: Service, input: object): Promise<Answer> {
  const { output, error } = await invoke<Answer>(input);
  if (!output) throw new Error(`design-tokens refuses a sheet: ${error?.message}`);
  return output;
}

async function readSheets(skill: Service, folder: string, signal: AbortSignal): Promise<Row[]> {
  const browser = await launchChromium();
  try {
    const rows: Row[] = [];
    for (const sheet of publicSheets) {
      signal.throwIfAborted();
      const input = await inputOf(sheet, folder);
      const answer = await extract(skill, input);
      const file = join(folder, `${rows.length}.tokens.json`);
      await writeFile(file, answer.content);
      const typed = Object.keys(answer.properties ?? {});
      const all = new Set([...customProperties(input), ...typed]);
      const skipped = new Set(answer.skipped.map(({ name }) => name));
      const named = [...all].filter((property) => !typed.includes(property) && skipped.has(property)).length;
      const colors =
        browser && input.css !== undefined
          ? await compareWithChromium(browser, input.css, sheet.root ?? '', colorsOf(answer))
          : undefined;
      rows.push({ sheet, properties: all.size, typed: typed.length, named, colors, file });
    }
    return rows;
  } finally {
    await browser?.close();
  }
}

interface SheetInput {
  css?: string;
  tailwind?: Record<string, unknown>;
}

/** Tailwind 3 has its theme in JavaScript: the one that a project without settings gets. */
async function inputOf({ package: name, files }: PublicSheet, folder: string): Promise<SheetInput> {
  const root = join(folder, 'node_modules', name);
  if (name === 'tailwindcss3') {
    const script = `console.log(JSON.stringify(require(${JSON.stringify(join(root, 'resolveConfig'))})({ content: [] }).theme))`;
    const { stdout } = await run(process.execPath, ['-e', script], { maxBuffer: 10e6 });
    return { tailwind: JSON.parse(stdout) as Record<string, unknown> };
  }
  const texts = await Promise.all(files.map((file) => readFile(join(root, file), 'utf8')));
  return { css: texts.join('\n') };
}

/** Every custom property that a sheet sets, counted without the skill's own parser. */
function customProperties({ css = '' }: SheetInput): Set<string> {
  const text = css.replace(/\/\*[^]*?\*\//g, '').replace(/"[^"]*"|'[^']*'/g, '""');
  return new Set([...text.matchAll(/(?<=[{;\s])(--[\w-]+)\s*:/g)].map(([, property = '']) => property));
}

/** Each property that is a colour, with its aliases followed, in CSS. */
function colorsOf({ tokens, properties = {} }: Answer): Record<string, string> {
  const valueOf = (path: string): unknown => {
    const [group = '', name = ''] = path.split(/\.(.*)/s);
    const value = tokens[group]?.[name]?.$value;
    return typeof value === 'string' ? valueOf(value.slice(1, -1)) : value;
  };
  const colors = Object.entries(properties).filter(([, path]) => path.startsWith('color.'));
  return Object.fromEntries(
    colors.map(([property, path]) => [property, cssColor(valueOf(path) as ColorValue)]),
  );
}

interface ColorValue {
  colorSpace: string;
  components: number[];
  alpha?: number;
}

function cssColor({ colorSpace, components, alpha = 1 }: ColorValue): string {
  const channels = `${components.join(' ')} / ${alpha}`;
  return /^(?:ok)?l(?:ab|ch)$/.test(colorSpace)
    ? `${colorSpace}(${channels})`
    : `color(${colorSpace} ${channels})`;
}

/** Style Dictionary 5 wants Node 22. */
const dictionary =
  Number(process.versions.node.split('.')[0]) >= 22 ? 'style-dictionary5' : 'style-dictionary';

async function readTokens(folder: string, rows: Row[], signal: AbortSignal): Promise<Map<string, Readings>> {
  const args = [join(scripts, 'read-tokens.mjs'), folder, dictionary, ...rows.map(({ file }) => file)];
  const { stdout } = await run(process.execPath, args, { signal, maxBuffer: 100e6 });
  return new Map(Object.entries(JSON.parse(stdout) as Record<string, Readings>));
}

function describeSheets(rows: Row[], readings: Map<string, Readings> | undefined): string[] {
  const colorsText = (colors: Comparison | undefined) =>
    colors ? `${colors.compared - colors.differences.length} of ${colors.compared}` : '-';
  const lines = rows.map(({ sheet, properties, typed, named, colors, file }) => [
    `${sheet.name} ${sheet.version}`,
    String(properties),
    String(typed),
    String(named),
    String(properties - typed - named),
    colorsText(colors),
    String(readings?.get(file)?.terrazzo ?? 'skipped'),
    String(readings?.get(file)?.styleDictionary ?? 'skipped'),
  ]);
  const sum = (count: (row: Row) => number) => rows.reduce((total, row) => total + count(row), 0);
  const [properties, typed, named] = [
    sum((row) => row.properties),
    sum((row) => row.typed),
    sum((row) => row.named),
  ];
  const differences = rows.flatMap(({ colors }) => colors?.differences ?? []);
  const head = [
    '',
    'properties',
    'typed',
    'named',
    'neither',
    'colours as Chromium',
    'Terrazzo',
    dictionary === 'style-dictionary' ? 'Style Dictionary 4' : 'Style Dictionary 5',
  ];
  return [
    table(head, lines),
    '',
    `${rows.length} public style sheets, none fails. Of ${properties} custom properties ${percent(typed / properties)} are a typed token, ` +
      `${percent((typed + named) / properties)} that or named with the reason: the goal, 95 %, is ${typed + named >= properties * 0.95 ? 'met' : 'missed'}. Colours are those of the root element, as Chromium paints them; ` +
      `${differences.length} differ${
        differences.length > 0
          ? `: ${differences
              .slice(0, 5)
              .map(({ property, chromium, skill }) => `${property} ${chromium} ${skill}`)
              .join('; ')}`
          : ''
      }. ` +
      'Terrazzo and Style Dictionary read the tokens; the figure is how many.' +
      (dictionary === 'style-dictionary'
        ? ' Style Dictionary 5 needs Node 22; this run has an older one.'
        : ''),
  ];
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** daisyUI's sheet is the largest: more than 1 MB. */
async function timeLargest(
  skill: Service,
  folder: string,
  hasRival: boolean,
  signal: AbortSignal,
): Promise<string[]> {
  const file = join(folder, 'node_modules/daisyui/daisyui.css');
  const css = await readFile(file, 'utf8');
  const times: number[] = [];
  let tokens = 0;
  for (let round = 0; round < rounds; round++) {
    const since = performance.now();
    tokens = (await extract(skill, { css })).count;
    times.push(performance.now() - since);
  }
  const rows = [['design-tokens, the whole call', `${Math.round(median(times))} ms`, String(tokens)]];
  if (hasRival) {
    const { stdout } = await run(process.execPath, [join(scripts, 'time-rival.mjs'), folder, file], {
      signal,
    });
    const rival = JSON.parse(stdout) as { times: number[]; tokens: number };
    rows.push([
      'css-design-tokens 0.10 (rival), in its process',
      `${Math.round(median(rival.times))} ms`,
      String(rival.tokens),
    ]);
  }
  const size = (Buffer.byteLength(css) / 1e6).toFixed(2);
  return [
    table([`daisyUI's ${size} MB`, 'time', 'typed tokens'], rows),
    '',
    'Medians; the goal is under a second for 1 MB.',
  ];
}

/** Bootstrap's sheet is of the size that sites have. */
async function memoryUnderLoad(skill: Service, folder: string): Promise<string> {
  const css = await readFile(join(folder, 'node_modules/bootstrap/dist/css/bootstrap.css'), 'utf8');
  await underLoad(loadRequests, atOnce, () => extract(skill, { css }));
  return peakMemory(
    skill,
    `the sheets above and ${loadRequests} requests with Bootstrap's, ${atOnce} at once`,
  );
}
