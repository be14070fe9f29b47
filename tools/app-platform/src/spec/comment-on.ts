import { isNode, type Node, parseDocument } from 'yaml';

/**
 * The comment of an App Spec's author on a part of it, above it or after its value, on one line.
 * @param path such as `services/0/envs/1`
 * @returns undefined where there is no comment
 */
export function commentOn(text: string, path: string): string | undefined {
  const document = parseDocument(text);
  const keys = path.split('/');
  const at = (...names: string[]): Node | undefined => {
    const node = document.getIn(names, true);
    return isNode(node) ? node : undefined;
  };
  // YAML attaches a comment above the first item of a list to the list.
  const above =
    at(...keys)?.commentBefore ?? (keys.at(-1) === '0' ? at(...keys.slice(0, -1))?.commentBefore : null);
  const comment = above ?? at(...keys, 'value')?.comment;
  const words = comment
    ?.split('\n')
    .map((line) => line.trim())
    .join(' ')
    .trim();
  return words === '' ? undefined : words;
}
