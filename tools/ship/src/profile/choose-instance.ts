import type { ServiceProcess } from '@odoobo/local-platform/client';
import { printable } from '../terminal/printable.js';

/**
 * The process to profile, and what to say of the others.
 * @param wanted the name of an instance, such as `web-1`; undefined for the first
 * @throws Error when the skill has no process here, or none of that name
 */
export function chooseInstance(
  skill: string,
  processes: readonly ServiceProcess[],
  wanted: string | undefined,
): { pid: number; said: string } {
  const named = processes.map((one) => ({ ...one, name: `${one.component}-${one.instance}` }));
  const [first] = named;
  if (!first) throw new Error(`No process of ${skill} runs on this machine.`);
  const names = named.map(({ name }) => name);
  const chosen = wanted === undefined ? first : named.find(({ name }) => name === wanted);
  if (!chosen)
    throw new Error(
      `${skill} has no instance "${printable(wanted ?? '')}". Name one of: --instance=${names.join(', --instance=')}`,
    );
  const others = names.filter((name) => name !== chosen.name);
  const said =
    others.length === 0
      ? ''
      : `Of its ${names.length} instances this is ${chosen.name}. Another one: --instance=${others.join(', --instance=')}\n`;
  return { pid: chosen.pid, said };
}
