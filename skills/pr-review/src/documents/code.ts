import type { DocumentRule, Finding } from './documents.js';

const pollution: DocumentRule = {
  name: 'merge-into-prototype',
  cwe: 'CWE-1321',
  type: 'configuration',
  severity: 'high',
  message:
    'Keys of another object are copied in depth, so a key __proto__ changes every object of the program.',
  suggestion: 'Leave out __proto__, constructor and prototype, or copy into Object.create(null).',
};
const archive: DocumentRule = {
  name: 'archive-writes-anywhere',
  cwe: 'CWE-22',
  type: 'configuration',
  severity: 'high',
  message: 'Names in the archive can lead outside the folder that it is unpacked into.',
  suggestion: "Pass filter='data', or check where each member goes.",
};

/** A function that merges calls itself with the same key of both objects. */
const mergeOfKeys =
  /\b\w{0,20}(?:merge|extend|assign|defaults|deep|copy)\w{0,20}\(\s{0,5}\w{1,40}\[(\w{1,40})\][^,()]{0,20},\s{0,5}\w{1,40}\[\1\]\s{0,5}\)/gi;
const guard = /__proto__|\bprototype\b|\bhasOwn|Object\.create\(null\)|\bnew Map\(|isSafeKey|isUnsafe/;

/** As far as a function of a few lines goes. */
const near = 600;

/** Objects that are merged in depth with every key that they have. */
export function scriptFindings(text: string): Finding[] {
  return [...text.matchAll(mergeOfKeys)].flatMap(({ 0: { length }, index }) => {
    const around = text.slice(Math.max(0, index - near), index + near);
    return guard.test(around) ? [] : [{ rule: pollution, from: index, to: index + length }];
  });
}

const unpacked = /\b(\w{1,40})\.extractall\((?![^)]{0,200}\b(?:filter|members)\s{0,3}=)/g;

/** Archives of tar that are unpacked as they are; those of zip are cleaned by Python itself. */
export function pythonFindings(text: string): Finding[] {
  if (!/\btarfile\b/.test(text)) return [];
  return [...text.matchAll(unpacked)].flatMap(({ 0: { length }, 1: name = '', index }) => {
    const isZip = new RegExp(
      `\\b(?:zipfile\\.)?ZipFile\\([^\\n]{0,200}\\bas\\s+${name}\\b|\\b${name}\\s*=\\s*(?:zipfile\\.)?ZipFile\\(`,
    );
    return isZip.test(text) ? [] : [{ rule: archive, from: index, to: index + length }];
  });
}
