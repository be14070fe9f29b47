import { skillTargetNames } from '@odoobo/ship/manifest/target-names';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { atNight, firstByDay } from './support/at-night.js';
import { until } from './support/poll.js';
import { processesIn } from './support/processes.js';
import { Workspace } from './support/workspace.js';

let workspace: Workspace;

beforeAll(async () => {
  workspace = await Workspace.create({ alpha: {}, beta: { manifest: { dependencies: ['alpha'] } } });
});
afterAll(() => workspace.close());

interface Project {
  name: string;
  targets: Record<string, { executor: string; metadata?: { description?: string } }>;
  metadata: { description?: string; technologies?: string[] };
  implicitDependencies: string[];
}

/** As for users: each plugin in its own process. */
const isolated = { NX_ISOLATE_PLUGINS: 'true' };

async function show(project: string): Promise<Project> {
  const { output } = await workspace.nx(['show', 'project', project, '--json'], isolated);
  return JSON.parse(output) as Project;
}

describe('inference', () => {
  it('gives every target to a folder with a manifest, and nothing else', async () => {
    await workspace.write('skills/fresh/skill.json', JSON.stringify({ id: 'fresh', description: 'New.' }));
    const { targets, metadata } = await show('fresh');
    expect(Object.keys(targets)).toEqual(skillTargetNames);
    for (const { metadata } of Object.values(targets)) expect(metadata?.description).toBeTruthy();
    expect(metadata.description).toBe('New.');
  });

  atNight(() => {
    it('makes a dependency of skills one of projects', async () => {
      expect((await show('beta')).implicitDependencies).toEqual(['alpha']);
    });
  });

  it('keeps the other skills going when a manifest is broken; validate reports what is wrong', async () => {
    await workspace.write('skills/fresh/skill.json', '{ "id": ');
    expect((await show('alpha')).name).toBe('alpha');
    const { exitCode, output } = await workspace.nx(['validate', 'fresh']);
    expect(exitCode).not.toBe(0);
    expect(output).toContain('skills/fresh/skill.json: not valid JSON');
    const deploy = await workspace.nx(['deploy', 'fresh']);
    expect(deploy.output).toContain('skills/fresh/skill.json: not valid JSON');
  });
});

describe('options', () => {
  it.each(
    firstByDay([
      ['deploy', '--timeout', 'Seconds after which a'],
      ['logs', '--tail', 'Number of lines'],
      ['serve', '--port', 'Port on 127.0.0.1'],
    ] as const),
  )('are listed by nx run alpha:%s --help', async (target, option, description) => {
    const { output } = await workspace.nx(['run', `alpha:${target}`, '--help']);
    expect(output).toContain(option);
    expect(output).toContain(description);
    expect(output).not.toContain('undefined');
  });

  it.each(
    firstByDay([
      [['--timeout=0'], '--timeout: '],
      [['--tiemout=5'], 'tiemout'],
      [['--platformUrl=nonsense', '-c', 'production'], '--platformUrl: '],
      [['--platformUrl=http://127.0.0.1:1'], 'Add: -c production'],
    ] as const),
  )('that are wrong get a clear error: %s', async (options, message) => {
    const { exitCode, output } = await workspace.nx(['run', 'alpha:deploy', ...options]);
    expect(exitCode).not.toBe(0);
    expect(output).toContain(message);
  });
});

describe('a command line that names what is not there', () => {
  it.each(
    firstByDay([
      [['run-many', '-t', 'depoly'], 'No project has a target "depoly". Did you mean "deploy"?'],
      [['run-many', '-t', 'deploy', '-p', 'alhpa'], 'There is no project "alhpa". Did you mean "alpha"?'],
      [['deploy', 'alpha', '--smokeTst'], '--smokeTst: there is no such option. Did you mean --smokeTest?'],
      [['deploy'], 'deploy needs the name of a skill, right after it.'],
    ] as const),
  )('is refused before anything runs: nx %s', async (args, message) => {
    const { exitCode, output } = await workspace.nx([...args], isolated);
    expect(output).toContain(message);
    expect(output).not.toMatch(/nx run \S+:build$|Unhandled|stacktrace/m);
    expect(exitCode).toBe(1);
  });

  atNight(() => {
    it('is refused where the daemon has the plugins, too', async () => {
      const daemon = { NX_DAEMON: 'true' };
      try {
        const { exitCode, output } = await workspace.nx(['deploy'], daemon);
        expect(output).toContain('deploy needs the name of a skill, right after it.');
        expect(exitCode).toBe(1);
        const misspelt = await workspace.nx(['deploy', 'alpha', '--smoke-tst'], daemon);
        expect(misspelt.output).toContain('Did you mean --smokeTest?');
      } finally {
        await workspace.nx(['daemon', '--stop'], daemon);
      }
    });
  });
});

atNight(() => {
  describe('generators', () => {
    it('are listed by nx g --help and nx list', async () => {
      const help = await workspace.nx(['g', '@odoobo/nx-skills:skill', '--help']);
      expect(help.output).toMatch(/--name[\s\S]*--description/);
      expect(help.output).not.toContain('undefined');
      const list = await workspace.nx(['list', '@odoobo/nx-skills']);
      expect(list.output).toMatch(/skill : Adds a skill[\s\S]*deploy : /);
    });
  });
});

describe('serve', () => {
  it('runs a skill, and runs it again after a change', async () => {
    const run = workspace.start(['serve', 'alpha', '--port=28123']);
    const answers = (text: string) =>
      until(`serve answers ${text}`, async () => {
        const reply = await fetch('http://127.0.0.1:28123/').catch(() => undefined);
        return reply && (await reply.text()) === text;
      });
    await answers('hello');
    await workspace.change('alpha', { says: 'changed' });
    await answers('changed');
    run.kill('SIGTERM');
    await run.ended;
    await expect(fetch('http://127.0.0.1:28123/')).rejects.toThrow();
  });

  const port = 28126;
  const isServed = () =>
    fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    );
  /** Ends these processes of the workspace as a crash would. */
  const kill = async (...programs: string[]) => {
    const running = (await processesIn(workspace.root)).filter(({ command }) =>
      programs.some((program) => command.includes(program)),
    );
    expect(running.length).toBeGreaterThanOrEqual(programs.length);
    for (const { pid } of running) process.kill(pid, 'SIGKILL');
  };
  const [nx, task, guard] = ['/nx/dist/bin/nx.js', '/run-executor.js', '/guard-main.js'];

  it.each(
    firstByDay([
      ['nx', [nx]],
      ['its task', [task]],
      ['both', [nx, task]],
    ] as const),
  )('ends with %s, killed as by kill -9', async (_, programs) => {
    const run = workspace.start(['serve', 'alpha', `--port=${port}`]);
    await until('it is served', isServed);
    await kill(...programs);
    await until('it is not served any more', async () => !(await isServed()));
    // Another Nx would wait for an unfinished run of the same task.
    await run.ended;
  });

  atNight(() => {
    it('ends what is left of one that was killed with all that watches it', async () => {
      workspace.start(['serve', 'alpha', `--port=${port}`]);
      await until('it is served', isServed);
      await kill(nx, task, guard);
      expect(await isServed()).toBe(true);
      const other = workspace.start(['serve', 'alpha', `--port=${port + 1}`]);
      await until('it is not served any more', async () => !(await isServed()));
      other.kill('SIGTERM');
      await other.ended;
      expect(await processesIn(workspace.root)).toEqual([]);
    });
  });
});
