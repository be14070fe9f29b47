import type { Cell } from '../databases/source.js';

/** True for a number, and for the text of one: decimals arrive as text. A code such as "007" is none. */
export function isNumeric(cell: Cell): boolean {
  return typeof cell === 'number' || (typeof cell === 'string' && numericText.test(cell));
}

const numericText = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;
