import { applyEdits, findNodeAtLocation, type JSONPath, modify, parseTree } from 'jsonc-parser';

/**
 * Changes one value in the text of a JSON file and keeps everything else as a person, or a formatter, has written it.
 * @param path ends with a number to insert into a list
 * @param value undefined removes the property, or the item of a list
 */
export function editJsonText(text: string, path: JSONPath, value: unknown): string {
  const tabs = /^\t/m.test(text);
  const spaces = /^( +)\S/m.exec(text)?.[1]?.length ?? 2;
  const formattingOptions = { insertSpaces: !tabs, tabSize: tabs ? 1 : spaces };
  const edits = modify(text, path, value, {
    formattingOptions,
    getInsertionIndex,
    isArrayInsertion: typeof path.at(-1) === 'number' && value !== undefined,
  });
  return applyEdits(text, edits);

  /** Package managers keep dependencies sorted; a new list of them comes last. */
  function getInsertionIndex(properties: string[]): number {
    const index = properties.findIndex((property) => property > String(path.at(-1)));
    return index === -1 || !hasParent(text, path) ? properties.length : index;
  }
}

function hasParent(text: string, path: JSONPath): boolean {
  const root = parseTree(text);
  return path.length > 1 && root !== undefined && findNodeAtLocation(root, path.slice(0, -1)) !== undefined;
}
