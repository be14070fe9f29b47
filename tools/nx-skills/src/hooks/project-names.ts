import type { ProjectGraph } from '@nx/devkit';

/** Neither a pattern nor a tag. */
export function isName(text: string): boolean {
  return /^[\w@./-]+$/.test(text);
}

/**
 * The projects that Nx takes for a name: the one that has it, else those with it as a word in theirs, else the one in that folder.
 * https://nx.dev/docs/reference/nx-commands#run-many
 */
export function findProjects(name: string, { nodes }: ProjectGraph): string[] {
  if (Object.hasOwn(nodes, name)) return [name];
  const word = new RegExp(`(?<![@a-zA-Z0-9-])${escaped(name)}(?![@a-zA-Z0-9-])`, 'i');
  const byName = Object.keys(nodes).filter((project) => word.test(project));
  if (byName.length > 0) return byName;
  return Object.values(nodes).flatMap((node) => (node.data.root === name ? [node.name] : []));
}

/**
 * Whether a pattern matches no project: of names or folders with `*`, or a tag. A more elaborate one may match any: what that
 * matches is for Nx to say.
 */
export function matchesNone(pattern: string, { nodes }: ProjectGraph): boolean {
  const projects = Object.values(nodes);
  const [, tag] = /^tag:([\w:@./-]+)$/.exec(pattern) ?? [];
  if (tag !== undefined) return !projects.some(({ data }) => data.tags?.includes(tag));
  if (!/^[\w@./*-]+$/.test(pattern)) return false;
  const glob = new RegExp(`^${pattern.split('*').map(escaped).join('.*')}$`);
  return !projects.some(({ name, data }) => glob.test(name) || glob.test(data.root));
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
