import { archiveFindings } from './archives.js';
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
const byPath: DocumentRule = {
  ...pollution,
  name: 'set-by-path',
  message: 'A value is set by a path of keys, so a path with __proto__ changes every object of the program.',
  suggestion: 'Refuse __proto__, constructor and prototype in the path.',
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

/** A walk along a path of keys, and the write at its end. */
const walk = /\b(\w{1,30})\s{0,3}=\s{0,3}\1\[\s{0,3}([\w$]{1,30})(?:\[[^\]\n]{1,20}\])?\s{0,3}\]/g;
const keysOfPath = /\.split\(|\.match\(|\bkeys?\b|\bpath\b|\bsegments?\b|\bparts\b/i;

/** Objects that are merged in depth with every key that they have, and values that are set by a path of keys. */
export function scriptFindings(text: string): Finding[] {
  return [...mergedKeys(text), ...setByPath(text)];
}

function setByPath(text: string): Finding[] {
  return [...text.matchAll(walk)].flatMap(({ 0: { length }, 1: name = '', index }) => {
    const around = text.slice(Math.max(0, index - near), index + near);
    const writes = new RegExp(`\\b${name}\\[[^\\]\\n]{1,40}\\]\\s{0,3}=(?!=)`).test(around);
    if (!writes || !keysOfPath.test(around) || guard.test(around)) return [];
    return [{ rule: byPath, from: index, to: index + length }];
  });
}

function mergedKeys(text: string): Finding[] {
  return [...text.matchAll(mergeOfKeys)].flatMap(({ 0: { length }, index }) => {
    const around = text.slice(Math.max(0, index - near), index + near);
    return guard.test(around) ? [] : [{ rule: pollution, from: index, to: index + length }];
  });
}

const unpacked = /\b(\w{1,40})\.extractall\((?![^)]{0,200}\b(?:filter|members)\s{0,3}=)/g;

/** Archives of tar that are unpacked as they are; those of zip are cleaned by Python itself. */
export function pythonFindings(text: string): Finding[] {
  const written = [...archiveFindings(text), ...writtenMembers(text), ...filledStatements(text)];
  if (!/\btarfile\b/.test(text)) return written;
  const unpackedOnes = [...text.matchAll(unpacked)].flatMap(({ 0: { length }, 1: name = '', index }) => {
    const isZip = new RegExp(
      `\\b(?:zipfile\\.)?ZipFile\\([^\\n]{0,200}\\bas\\s+${name}\\b|\\b${name}\\s*=\\s*(?:zipfile\\.)?ZipFile\\(`,
    );
    return isZip.test(text) ? [] : [{ rule: archive, from: index, to: index + length }];
  });
  return [...written, ...unpackedOnes];
}

const memberWritten = /\bopen\(\s{0,3}os\.path\.join\([^()\n]{1,80}\)\s{0,3},\s{0,3}["']wb["']/g;
const checked = /startswith|normpath|realpath|abspath|basename|is_relative_to|commonpath|safe|valid/i;

/** Members of a zip file that are written one by one. */
function writtenMembers(text: string): Finding[] {
  return [...text.matchAll(memberWritten)].flatMap(({ 0: { length }, index }) => {
    const around = text.slice(Math.max(0, index - 2 * near), index + near);
    const isMember = /\.(?:namelist|infolist|getmembers)\(/.test(around);
    return isMember && !checked.test(around) ? [{ rule: archive, from: index, to: index + length }] : [];
  });
}

const filled = /^[ \t]{0,60}(?:"""|\'\'\')\s{0,3}%\s{0,3}[({\w]/gm;
const statement =
  /\b(?:SELECT\s[\s\S]{1,400}?\sFROM|INSERT\s+INTO|UPDATE\s[\s\S]{1,200}?\sSET|DELETE\s+FROM|ALTER\s+TABLE)\s/i;
const built: DocumentRule = {
  name: 'sql-built-from-strings',
  cwe: 'CWE-89',
  type: 'injection',
  severity: 'high',
  message: 'SQL is built from strings, so a value can change the statement.',
  suggestion: 'Pass values as parameters of the query.',
};

/** Statements on several lines that are filled at their end; a hunk often shows only that, and no parser can read it. */
function filledStatements(text: string): Finding[] {
  return [...text.matchAll(filled)].flatMap(({ 0: { length }, index }) =>
    statement.test(text.slice(Math.max(0, index - near), index))
      ? [{ rule: built, from: index, to: index + length }]
      : [],
  );
}
