import type { ProjectGraph } from '@nx/devkit';

/** Whether the text is neither a pattern nor a tag. */
export function isName(text: string): boolean {
  return /^[\w@./-]+$/.test(text);
}

/**
 * The projects that Nx selects for a name: the project with that name, else those whose name contains it as a word,
 * else the one in that folder. https://nx.dev/docs/reference/nx-commands#run-many
 */
export function findProjects(name: string, { nodes }: ProjectGraph): string[] {
  if (Object.hasOwn(nodes, name)) return [name];
  const word = new RegExp(`(?<![@a-zA-Z0-9-])${escaped(name)}(?![@a-zA-Z0-9-])`, 'i');
  const byName = Object.keys(nodes).filter((project) => word.test(project));
  if (byName.length > 0) return byName;
  return Object.values(nodes).flatMap((node) => (node.data.root === name ? [node.name] : []));
}

/**
 * Whether a pattern matches no project: names or folders with `*`, or a tag. A more complex pattern may match anything:
 * Nx decides that.
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
