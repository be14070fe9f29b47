import { execFile } from 'node:child_process';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Service } from '../service.js';

const run = promisify(execFile);

export interface Contestant {
  name: string;
  /** Whether it takes the second screenshot for the same as the first, by their files. */
  passes: (before: string, after: string) => Promise<boolean>;
  /** Processor time that it has used so far, in milliseconds. */
  processorMs: () => Promise<number>;
}

/** The versions that the figures in the skill's README are of. */
const rivals = ['odiff-bin@4.5.0', 'pixelmatch@8.0.0', 'pngjs@7.0.0', 'reg-cli@0.18.16'];

/** The skill, and the tools that a user would pick instead, from the registry, unless they cannot be had. @param folder for the tools */
export async function contestants(folder: string, service: Service): Promise<Contestant[]> {
  const skill: Contestant = {
    name: service.name,
    passes: (before, after) => passes(service, before, after),
    processorMs: () => processorMsOf(service.pid),
  };
  return [skill, ...((await install(folder)) ? tools(folder) : [])];
}

async function install(folder: string): Promise<boolean> {
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  await writeFile(join(folder, 'pixelmatch.js'), pixelmatchProgram);
  await writeFile(join(folder, 'odiff.js'), odiffProgram);
  const args = ['install', '--no-audit', '--no-fund', ...rivals];
  return run('npm', args, { cwd: folder }).then(
    () => true,
    () => false,
  );
}

async function passes({ invoke }: Service, beforeFile: string, afterFile: string): Promise<boolean> {
  const [before, after] = await Promise.all([readFile(beforeFile, 'base64'), readFile(afterFile, 'base64')]);
  const { output, error } = await invoke<{ pass: boolean }>({ operation: 'compare', before, after });
  if (!output) throw new Error(`visual-diff refuses a comparison: ${error?.message}`);
  return output.pass;
}

/** Of a process, by `ps`, which says minutes, seconds and hundredths on macOS, and whole seconds on Linux. */
async function processorMsOf(pid: number): Promise<number> {
  if (process.platform !== 'linux') {
    const { stdout } = await run('ps', ['-o', 'time=', '-p', String(pid)]);
    const [minutes = 0, seconds = 0] = stdout.trim().split(':').map(Number);
    return (minutes * 60 + seconds) * 1000;
  }
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
  // Clock ticks of 10 ms in user and in system mode.
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function tools(folder: string): Contestant[] {
  let childrenMs = 0;
  const children = () => Promise.resolve(childrenMs);
  const timed = async (args: string[]): Promise<string> => {
    const { stdout, stderr } = await run('/usr/bin/env', ['bash', '-c', 'time "$@" 2>&1', 'bash', ...args], {
      cwd: folder,
      env: { ...process.env, TIMEFORMAT: '%U %S' },
    }).catch((error: { stdout: string; stderr: string }) => error);
    const [user = 0, system = 0] = (stderr.trim().split('\n').at(-1) ?? '').split(' ').map(Number);
    childrenMs += (user + system) * 1000;
    return stdout;
  };
  const program = (name: string, file: string, option: string[] = []): Contestant => ({
    name,
    processorMs: children,
    passes: async (before, after) =>
      (await timed([process.execPath, file, before, after, ...option])).trim() === 'same',
  });
  return [
    program('odiff', 'odiff.js'),
    program('odiff with antialiasing', 'odiff.js', ['antialiasing']),
    program('pixelmatch', 'pixelmatch.js'),
    {
      name: 'reg-cli',
      processorMs: children,
      passes: (before, after) => regCli(folder, before, after, timed),
    },
  ];
}

const odiffProgram = `import { compare } from 'odiff-bin';
const [before, after, option] = process.argv.slice(2);
const { match } = await compare(before, after, 'odiff.png', { antialiasing: option === 'antialiasing' });
console.log(match ? 'same' : 'other');
`;

const pixelmatchProgram = `import { readFileSync, writeFileSync } from 'node:fs';
import pixelmatch from 'pixelmatch';
import { PNG } from 'pngjs';
const [before, after] = process.argv.slice(2, 4).map((file) => PNG.sync.read(readFileSync(file)));
const { width, height } = before;
const isOfOneSize = width === after.width && height === after.height;
const diff = new PNG({ width, height });
const changed = isOfOneSize ? pixelmatch(before.data, after.data, diff.data, width, height) : 1;
writeFileSync('pixelmatch.png', PNG.sync.write(diff));
console.log(changed === 0 ? 'same' : 'other');
`;

async function regCli(
  folder: string,
  before: string,
  after: string,
  timed: (args: string[]) => Promise<string>,
): Promise<boolean> {
  const at = (name: string) => join(folder, name);
  const [actual, expected, diff, report] = [at('actual'), at('expected'), at('diff'), at('reg.json')];
  for (const each of [actual, expected, diff]) {
    await rm(each, { recursive: true, force: true });
    await mkdir(each);
  }
  await copyFile(before, join(expected, 'page.png'));
  await copyFile(after, join(actual, 'page.png'));
  const cli = join(folder, 'node_modules/reg-cli/dist/cli.js');
  await timed([process.execPath, cli, actual, expected, diff, '-J', report]);
  const { passedItems } = JSON.parse(await readFile(report, 'utf8')) as { passedItems: string[] };
  return passedItems.length === 1;
}
