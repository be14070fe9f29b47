/** How far the value of a place in the code can be trusted. */
export type Trust = 'safe' | 'unknown' | 'source';

/** A part of a text that is known only when the code runs. */
export interface Hole {
  trust: Trust;
  /** Where its code starts. */
  from: number;
}

export interface Range {
  from: number;
  to: number;
}

/** What is known of a value without running the code: texts that the code contains, and holes between them. */
export interface Value {
  parts: readonly (string | Hole)[];
  /** Where texts and holes are put together. */
  made: readonly Range[];
}

/** Longer texts than this are not statements that a person wrote. */
const maxParts = 100;

export const nothing: Value = { parts: [], made: [] };

/** A text that the code contains. */
export function literal(text: string): Value {
  return { parts: [text], made: [] };
}

/** A value that only the running code knows. */
export function hole(trust: Trust, from: number): Value {
  return { parts: [{ trust, from }], made: [] };
}

/** The values one after the other, as a concatenation makes them. */
export function joined(values: readonly Value[]): Value {
  return {
    parts: values.flatMap(({ parts }) => parts).slice(0, maxParts),
    made: values.flatMap(({ made }) => made).slice(0, maxParts),
  };
}

const ranks: Record<Trust, number> = { safe: 0, unknown: 1, source: 2 };

/** The least trusted hole decides; a value without holes is safe. */
export function trustOf({ parts }: Value): Trust {
  let worst: Trust = 'safe';
  for (const part of parts) {
    if (typeof part !== 'string' && ranks[part.trust] > ranks[worst]) worst = part.trust;
  }
  return worst;
}

/** A value that a place puts together; the innermost such place comes last. */
export function composed(place: Range, value: Value): Value {
  if (trustOf(value) === 'safe') return value;
  return { ...value, made: [{ from: place.from, to: place.to }, ...value.made].slice(0, maxParts) };
}

/** The value that is trusted less, of two that the code may have. */
export function worse(one: Value, other: Value): Value {
  return ranks[trustOf(other)] > ranks[trustOf(one)] || one.parts.length === 0 ? other : one;
}

/** The text with a mark for each hole, for a look at what surrounds it. */
export function shapeOf({ parts }: Value): string {
  return parts.map((part) => (typeof part === 'string' ? part : '\u0001')).join('');
}

/** Whether a text of the code and a value that is not trusted are put together. */
export function isComposite(value: Value): boolean {
  return (
    trustOf(value) !== 'safe' && value.parts.some((part) => typeof part === 'string' && part.trim() !== '')
  );
}

/** Whether the code contains the whole text. */
export function isLiteral({ parts }: Value): boolean {
  return parts.every((part) => typeof part === 'string');
}
