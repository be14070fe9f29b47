import type { Line } from '../diff/parse-diff.js';

/** A part of an expression that matches characters: which, and whether as many as there are. */
interface Atom {
  matches: (character: string) => boolean;
  repeats: boolean;
  optional: boolean;
}

/** Characters that stand for the others of their kind. */
const samples = [...'aZ0 \t\n/"\'<>-_.:;,=()[]`\\{}&%#@!?*+|~'];

const literals =
  /(?<=[=(,:&|?~[{;!\s])\/(?![*/\s])((?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[]){1,400})\/[a-z]{0,6}|\b(?:compile|match|search|sub|findall|fullmatch|RegExp|split|gsub|preg_\w{4,20}|MustCompile|Pattern\.compile|matches)\(\s{0,3}[rbu]{0,2}(["'`])((?:\\.|(?!\2)[^\\\n]){2,400})\2/g;
const token =
  /\\(?:u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|[pP]\{[^}]*\}|.)|\[(?:\\.|[^\]\\])*\]|\((?:\?(?:[:=!>]|<[=!]|P?<\w+>))?|[^\\[(]/gs;

/** Parts of an expression that are compared with each other. */
const maxAtoms = 60;

/** Regular expressions that a line of code contains. */
export function expressionsIn({ text }: Line): string[] {
  return [...text.matchAll(literals)].map((match) => match[1] ?? match[3] ?? '');
}

/**
 * In how many ways an expression may try one and the same text: pairs of repetitions that can share it, repetitions of
 * repetitions, and one at a start that can be anywhere. 0 is an expression that takes linear time.
 */
export function ambiguity(source: string): number {
  const { atoms: all, nested } = atomsOf(source);
  const atoms = all.slice(0, maxAtoms);
  let pairs = nested * 3;
  for (const [index, first] of atoms.entries()) {
    if (!first.repeats) continue;
    for (const character of samples.filter(first.matches)) {
      const next = atoms.slice(index + 1).findIndex((atom) => !atom.optional && !atom.matches(character));
      const reach = next < 0 ? atoms.length : index + 1 + next;
      const shared = atoms.slice(index + 1, reach).filter((atom) => atom.repeats && atom.matches(character));
      if (shared.length > 0) {
        pairs += 1;
        break;
      }
    }
  }
  const startsAnywhere = atoms[0]?.repeats === true && atoms.length > 1 && !/^\^|^\\[AG]/.test(source);
  return pairs + (startsAnywhere || startsBeforeEnd(source, atoms) ? 1 : 0);
}

/** `\/+$` tries each slash of a row as the first. */
function startsBeforeEnd(source: string, atoms: Atom[]): boolean {
  return (
    atoms[0]?.repeats === true && atoms.length === 1 && /\$$|\\[zZ]$/.test(source) && !source.startsWith('^')
  );
}

function atomsOf(source: string): { atoms: Atom[]; nested: number } {
  const atoms: Atom[] = [];
  const opened: number[] = [];
  let nested = 0;
  const tokens = [...source.matchAll(token)].map(([each]) => each);
  for (let at = 0; at < tokens.length; at++) {
    const each = tokens[at] ?? '';
    if (each.startsWith('(')) {
      opened.push(atoms.length);
      continue;
    }
    const quantifier = /^(?:[*+?]|\{)/.test(tokens[at + 1] ?? '') ? quantifierAt(tokens, at + 1) : '';
    const repeats = /^[*+]|^\{\d*,\}/.test(quantifier);
    if (each === ')') {
      const inner = atoms.slice(opened.pop() ?? 0);
      if (repeats && inner.length > 0 && inner.every((atom) => atom.repeats || atom.optional)) nested += 1;
      if (/^[*?]|^\{0/.test(quantifier)) for (const atom of inner) atom.optional = true;
    } else if (!/^[\^$|]$|^\\[bBAzZG]$/.test(each)) {
      atoms.push({ matches: matcherOf(each), repeats, optional: /^[*?]|^\{0/.test(quantifier) });
    }
    if (quantifier !== '') at += quantifier.length;
  }
  return { atoms, nested };
}

function quantifierAt(tokens: string[], at: number): string {
  const rest = tokens.slice(at, at + 12).join('');
  return /^(?:[*+?]|\{\d*(?:,\d*)?\})[?+]?/.exec(rest)?.[0] ?? '';
}

function matcherOf(atom: string): Atom['matches'] {
  try {
    const expression = new RegExp(`^(?:${atom})$`);
    return (character) => expression.test(character);
  } catch {
    return () => false;
  }
}
