import { serviceProcesses } from '@odoobo/local-platform/client';
import { claim } from '@odoobo/machine/claim';
import { rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { SkillPlace } from '../manifest/skill-place.js';
import { isLocal } from '../placement/environment.js';
import { onlyPlace } from '../placement/place-skills.js';
import { profileByHttp } from '../profile/by-http.js';
import { profileByInspector } from '../profile/by-inspector.js';
import { profileByPySpy } from '../profile/by-py-spy.js';
import { chooseInstance } from '../profile/choose-instance.js';
import { flameGraph } from '../profile/flame-graph.js';
import { type CalledFunction, callTree, hotFunctions } from '../profile/functions.js';
import type { ProfileOptions } from '../profile/options.js';
import type { Profile } from '../profile/profile.js';
import { recordedTree } from '../profile/recording.js';
import { replaceFile } from '../records/replace-file.js';
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
  const taken =
    live.manifest.runtime === 'python'
      ? await takeOfPython(place, live, options)
      : takenOfNode(await takeOfNode(place, live, options, env));
  // First: where there is no room for the files, it was not taken in vain.
  process.stdout.write(describe(taken));
  const files = save(place, taken).map((file) => `  ${relative(process.cwd(), file)}\n`);
  process.stdout.write(`\n${files.join('')}`);
}

/** A profile of any language. */
interface Taken {
  tree: CalledFunction;
  wholeMs: number;
  /** More about the process; empty if nothing else is known. */
  note: string;
  /** What is written, by the ending of its file. */
  contents: Record<string, string>;
}

async function takeOfPython(
  place: SkillPlace,
  { live }: LiveSkill,
  { environment, instance, seconds }: ProfileOptions,
): Promise<Taken> {
  if (!isLocal(environment))
    throw new Error(`${place.skill} is written in Python, and can be profiled on this machine only.`);
  const recording = await onThisMachine(place, live.deploymentId, instance, (pid) =>
    profileByPySpy(pid, seconds),
  );
  const contents = { 'speedscope.json': JSON.stringify(recording) };
  return { tree: recordedTree(recording), wholeMs: seconds * 1_000, note: '', contents };
}

function takenOfNode({ cpu, heap, eventLoopDelay: { p50, p99, max } }: Profile): Taken {
  return {
    tree: callTree(cpu),
    wholeMs: (cpu.endTime - cpu.startTime) / 1_000,
    note: ` Delay of its event loop: p50 ${p50} ms, p99 ${p99} ms, longest ${max} ms.`,
    contents: { cpuprofile: JSON.stringify(cpu), heapprofile: JSON.stringify(heap) },
  };
}

async function takeOfNode(
  place: SkillPlace,
  { manifest, live }: LiveSkill,
  { environment, instance, seconds }: ProfileOptions,
  env: NodeJS.ProcessEnv,
): Promise<Profile> {
  const { skill } = place;
  if (manifest.runtime !== 'node')
    throw new Error(
      `${skill} is written in ${manifest.runtime}; only skills in Node and Python can be profiled.`,
    );
  const secret = env['PROFILE_SECRET'];
  if (isLocal(environment) && (instance !== undefined || !secret))
    return onThisMachine(place, live.deploymentId, instance, (pid) => profileByInspector(pid, seconds));
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

/** Profiles a process of a deployment. One at a time: Node's inspector has one port for the machine, and py-spy stops the process. */
async function onThisMachine<T>(
  { skill, workspaceRoot }: SkillPlace,
  deployment: string,
  instance: string | undefined,
  take: (pid: number) => Promise<T>,
): Promise<T> {
  const { claims, platform } = workspaceFolders(workspaceRoot);
  const held = await claim(join(claims, 'inspector.jsonl'));
  try {
    const chosen = chooseInstance(skill, await serviceProcesses(platform, deployment), instance);
    process.stdout.write(chosen.said);
    return await take(chosen.pid);
  } finally {
    await held.release();
  }
}

/**
 * For the views of others, and for a browser.
 * @returns the paths
 * @throws Error where they cannot be written; none of them is left then
 */
function save({ skill, workspaceRoot }: SkillPlace, { tree, contents }: Taken): string[] {
  const folder = workspaceFolders(workspaceRoot).profiles;
  const now = new Date().toISOString();
  const base = join(folder, `${skill}-${fileTimestamp(now)}`);
  const html = flameGraph(`${skill}, ${now}`, tree);
  const files = new Map(
    Object.entries({ html, ...contents }).map(([ending, content]) => [`${base}.${ending}`, content]),
  );
  try {
    for (const [file, content] of files) replaceFile(file, content);
  } catch (cause) {
    for (const file of files.keys()) rmSync(file, { force: true });
    throw new Error(
      `The files of this profile could not be written to ${folder}. Correct what is said below, then profile ${skill} again.`,
      { cause },
    );
  }
  return [...files.keys()];
}

function describe({ tree, wholeMs, note }: Taken): string {
  const share = (ms: number) => `${((100 * ms) / Math.max(1, wholeMs)).toFixed(1)} %`;
  const rows = hotFunctions(tree, shownFunctions).map(({ name, place, self }) =>
    [share(self), name, place].map(printable),
  );
  return [
    '',
    ...table([
      ['  TIME', 'FUNCTION', 'SOURCE'],
      ...rows.map(([time = '', ...rest]) => [`  ${time}`, ...rest]),
    ]),
    '',
    `  It was busy ${share(tree.total)} of the time.${note}`,
    '',
  ].join('\n');
}
