import type { Reader } from './reader.js';

/** Verbs that say no more than that rows of two tables belong together. One with a sense of its own, such as "cancelled", is a filter. */
const verbs = new Set(
  `have has had having own owns owned owning use uses used using speak speaks spoke spoken make makes made produce produces
  produced create creates created conduct conducts conducted perform performs performed performing teach teaches taught teaching
  hire hires hired hiring employ employs employed visit visits visited attend attends attended enroll enrolls enrolled enrol enrols
  enrolled participate participates participated participating appear appears appeared contain contains contained containing include
  includes included including offer offers offered offering give gives given gave receive receives received play plays played playing
  hold holds held host hosts hosted occur occurs occurred happen happens happened belong belongs belonging work works worked working
  live lives lived living located found run runs design designs designed build builds built write writes wrote written sing sings sang
  sung raise raises raised operate operates operated manage manages managed published release released place placed
  take takes took taken taking associated linked related shared done given come comes came show shows showed shown exist exists
  existed sell sells sold selling buy buys bought buying order orders ordered study studies studied registered assigned listed spoken served serve serves stored store`
    .split(/\s+/)
    .filter(Boolean),
);

const pronouns = [
  'for which',
  'in which',
  'at which',
  'that',
  'which',
  'who',
  'whom',
  'where',
  'they',
  'it',
  'there',
];
const auxiliaries = [
  'has been',
  'have been',
  'do',
  'does',
  'did',
  'have',
  'has',
  'had',
  'are',
  'is',
  'was',
  'were',
  'be',
  'been',
  'being',
  'ever',
  'also',
  'yet',
];
const tails = [
  'in total',
  'are from',
  'come from',
  'comes from',
  'is from',
  'corresponding to',
  'in the database',
  'do we have',
  'we',
  'them',
  'one',
  'each',
  'respectively',
  'here',
  ...pronouns,
  ...auxiliaries,
];
const prepositions = ['in', 'at', 'by', 'for', 'on', 'to', 'with', 'from', 'of', 'as', 'across'];

export function isVerb(word: string): boolean {
  return verbs.has(word);
}

/** What stands between two things that belong together: "that have never hired", "with", "without". */
export interface Link {
  negated: boolean;
  /** True where any word was read. */
  isSaid: boolean;
  /** True for "that includes": what follows is only a part. */
  isPartial: boolean;
  /** True for "with", "that have" and the like, after which a value may follow its column at once. */
  isHaving: boolean;
}

/** Reads it, as far as it goes; it may be empty. */
export function takeLink(reader: Reader): Link {
  const start = reader.place;
  reader.takeAll(...pronouns, 'those');
  const without = reader.take('without', 'with no');
  const denials = reader.takeAll(...auxiliaries, 'there', 'not', 'never');
  if (denials.length === 0) reader.take('having', 'with');
  takeVerb(reader);
  const prepositionPlace = isOfQuantity(reader) ? undefined : reader.take(...prepositions);
  const no = reader.take('no');
  if (prepositionPlace === undefined) reader.take('any of the');
  const negated =
    [without, no].filter((word) => word !== undefined).length +
    denials.filter((word) => word === 'not' || word === 'never').length;
  const read = reader.textFrom(start);
  return {
    negated: negated % 2 === 1,
    isSaid: read !== '',
    isHaving: having.test(read),
    isPartial: /\b(?:contain|includ)/.test(read),
  };
}

const having = /^(?:(?:that|which|who|they|those|do|does|did|not) )*(?:with|having|have|has|had)$/;

/** "at least" is no place. */
function isOfQuantity(reader: Reader): boolean {
  return reader.peek()?.text === 'at' && ['least', 'most'].includes(reader.peek(1)?.text ?? '');
}

/** "that", "who have", "there are": words that carry no sense without what follows. */
export function takeAuxiliaries(reader: Reader): void {
  reader.takeAll(...pronouns, ...auxiliaries);
}

/** A verb from the list; its sense is only that things belong together. */
export function takeVerb(reader: Reader): boolean {
  const token = reader.peek();
  if (token?.kind !== 'word' || !verbs.has(token.text)) return false;
  reader.next();
  return true;
}

/** "how many orders are placed" might not ask for all of them; "how many orders are listed" does. */
const participles = /(?:ed|en|wn|ung|old|ught|ilt|ade|one|eld|ound)$/;
const harmless = new Set(['listed', 'stored', 'found']);

/** Words that may end a question and add nothing. */
export function takeTail(reader: Reader): void {
  const start = reader.place;
  while (!reader.done) {
    const { text = '' } = reader.peek() ?? {};
    const isPlain = harmless.has(text) || !participles.test(text);
    const isRead = reader.take(...tails) !== undefined || (isPlain && takeVerb(reader));
    if (!isRead) break;
  }
  if (!reader.done) reader.returnTo(start);
}
