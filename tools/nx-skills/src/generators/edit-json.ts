import { editJsonText } from '@odoobo/ship/workspace/edit-json-text';
import { type JSONPath, parse } from 'jsonc-parser';
import type { Tree } from 'nx/src/devkit-exports.js';

/**
 * Changes one value of a JSON file and keeps everything else of its text as a person, or a formatter, has written it.
 * @param path ends with a number to insert into a list
 * @param value undefined removes the property, or the item of a list
 */
export function editJson(tree: Tree, file: string, path: JSONPath, value: unknown): void {
  tree.write(file, editJsonText(tree.read(file, 'utf8') ?? '{}\n', path, value));
}

/** The content of a JSON file, which may have comments; undefined if there is none. */
export function readJsonFile<T>(tree: Tree, file: string): T | undefined {
  const text = tree.read(file, 'utf8');
  return text === null ? undefined : (parse(text) as T);
}
