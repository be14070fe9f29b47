import { serviceProcesses } from '@odoobo/local-platform/client';
import { claim } from '@odoobo/machine/claim';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { SkillPlace } from '../manifest/skill-place.js';
import { isLocal } from '../placement/environment.js';
import { onlyPlace } from '../placement/place-skills.js';
import { profileByHttp } from '../profile/by-http.js';
import { profileByInspector } from '../profile/by-inspector.js';
import { chooseInstance } from '../profile/choose-instance.js';
import { flameGraph } from '../profile/flame-graph.js';
import { callTree, hotFunctions } from '../profile/functions.js';
import type { ProfileOptions } from '../profile/options.js';
import type { Profile } from '../profile/profile.js';
import { fileTimestamp } from '../records/run-name.js';
import { workspaceFolders } from '../records/workspace-folders.js';
import { type LiveSkill, readLiveSkills } from '../runs/live-skills.js';
import { printable } from '../terminal/printable.js';
import { table } from '../terminal/table.js';

const shownFunctions = 10;

/**
 * Profiles a live skill, and writes the profile and its flame graph.
 * @throws when it is not live, or offers no profiles here
 */
export async function runProfile(
  skill: SkillPlace,
  options: ProfileOptions,
  env: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  const place = await onlyPlace(skill, options);
  const skills = await readLiveSkills(options, place.workspaceRoot, env);
  const live = await skills.find(place);
  process.stdout.write(`Profiling ${place.skill} on ${skills.label} for ${options.seconds} s\n`);
  const profile = await takeProfile(place, live, options, env);
  const files = await save(place, profile);
  process.stdout.write(
    describe(
      profile,
      files.map((file) => relative(process.cwd(), file)),
    ),
  );
}

async function takeProfile(
  place: SkillPlace,
  { manifest, live }: LiveSkill,
  { environment, instance, seconds }: ProfileOptions,
  env: NodeJS.ProcessEnv,
): Promise<Profile> {
  const { skill } = place;
  if (manifest.runtime !== 'node')
    throw new Error(
      `${skill} is written in ${manifest.runtime}, and profiles are of Node. On this machine: py-spy record --pid <its process> --output ${skill}.svg`,
    );
  const secret = env['PROFILE_SECRET'];
  if (isLocal(environment) && (instance !== undefined || !secret))
    return profileOnThisMachine(place, live.deploymentId, { instance, seconds });
  if (instance !== undefined)
    throw new Error(
      `--instance=${printable(instance)}: App Platform chooses the instance that gets a request. Leave out --instance.`,
    );
  if (!secret)
    throw new Error(
      `Set PROFILE_SECRET to the value that ${skill} was deployed with. Its App Spec needs it, too: a variable of type SECRET.`,
    );
  return profileByHttp(live.url, secret, seconds);
}

async function profileOnThisMachine(
  { skill, workspaceRoot }: SkillPlace,
  deployment: string,
  { instance, seconds }: Pick<ProfileOptions, 'instance' | 'seconds'>,
): Promise<Profile> {
  const { claims, platform } = workspaceFolders(workspaceRoot);
  // Node's inspector has one port for all processes of the machine.
  const held = await claim(join(claims, 'inspector.jsonl'));
  try {
    const chosen = chooseInstance(skill, await serviceProcesses(platform, deployment), instance);
    process.stdout.write(chosen.said);
    return await profileByInspector(chosen.pid, seconds);
  } finally {
    await held.release();
  }
}

/** For Chrome's and VS Code's own views, and for a browser. @returns the paths */
async function save({ skill, workspaceRoot }: SkillPlace, { cpu, heap }: Profile): Promise<string[]> {
  const folder = workspaceFolders(workspaceRoot).profiles;
  await mkdir(folder, { recursive: true });
  const now = new Date().toISOString();
  const base = join(folder, `${skill}-${fileTimestamp(now)}`);
  const contents = {
    html: flameGraph(`${skill}, ${now}`, callTree(cpu)),
    cpuprofile: JSON.stringify(cpu),
    heapprofile: JSON.stringify(heap),
  };
  return Promise.all(
    Object.entries(contents).map(async ([ending, content]) => {
      await writeFile(`${base}.${ending}`, content);
      return `${base}.${ending}`;
    }),
  );
}

function describe({ cpu, eventLoopDelay }: Profile, files: readonly string[]): string {
  const tree = callTree(cpu);
  const wholeMs = (cpu.endTime - cpu.startTime) / 1_000;
  const share = (ms: number) => `${((100 * ms) / Math.max(1, wholeMs)).toFixed(1)} %`;
  const rows = hotFunctions(tree, shownFunctions).map(({ name, place, self }) =>
    [share(self), name, place].map(printable),
  );
  const { p50, p99, max } = eventLoopDelay;
  return [
    '',
    ...table([
      ['  TIME', 'FUNCTION', 'SOURCE'],
      ...rows.map(([time = '', ...rest]) => [`  ${time}`, ...rest]),
    ]),
    '',
    `  It was busy ${share(tree.total)} of the time. Delay of its event loop: p50 ${p50} ms, p99 ${p99} ms, longest ${max} ms.`,
    '',
    ...files.map((file) => `  ${file}`),
    '',
  ].join('\n');
}
