import { createHash } from 'node:crypto';
import manifest from '../../skill.json' with { type: 'json' };
import type { ChangedFile } from '../diff/parse-diff.js';
import type { Severity } from '../rules/rule.js';
import type { Issue } from '../schema.js';
import { newLineOf } from './new-line.js';

/** GitHub shows the first 5,000 results of a file and refuses one with more than 25,000. */
const maxResults = 5_000;

/** Which of SARIF's levels, and which score of GitHub's `security-severity` (0 to 10), stands for a severity. */
const grades: Record<Severity, { level: 'error' | 'warning' | 'note'; score: string }> = {
  critical: { level: 'error', score: '9.5' },
  high: { level: 'error', score: '8.0' },
  medium: { level: 'warning', score: '5.0' },
  low: { level: 'note', score: '2.0' },
};

const kinds: Record<Issue['type'], { title: string; about: string; security: boolean }> = {
  secret: { title: 'Secret', about: 'The change adds a credential to the repository.', security: true },
  injection: { title: 'Injection', about: 'A value can become code, a query or markup.', security: true },
  configuration: {
    title: 'Configuration',
    about: 'A setting or a rule lets in more than it should.',
    security: true,
  },
  breaking_change: { title: 'Breaking change', about: 'Users of an export break.', security: false },
  dependency: { title: 'Dependency', about: 'What gets installed is not what was chosen.', security: false },
  complexity: { title: 'Complexity', about: 'The change is hard to understand.', security: false },
};

/**
 * The issues as a SARIF 2.1.0 log, in the form that GitHub's code scanning reads. Comments of a model are not in it: an
 * alert is a statement of a rule.
 * https://docs.github.com/en/code-security/reference/code-scanning/sarif-files/sarif-support-for-code-scanning
 */
export function sarifOf(issues: Issue[], files: ChangedFile[]) {
  const shown = issues.slice(0, maxResults);
  const rules = [...new Map(shown.map((issue) => [ruleIdOf(issue), issue]))].map(([id, issue]) =>
    ruleOf(id, issue),
  );
  const indexes = new Map(rules.map(({ id }, index) => [id, index]));
  const byPath = new Map(files.map((file) => [file.path, file]));
  const ordinal = ordinals();
  const results = shown.map((issue) => {
    const id = ruleIdOf(issue);
    return {
      ruleId: id,
      ruleIndex: indexes.get(id) ?? -1,
      level: grades[issue.severity].level,
      message: { text: messageOf(issue) },
      locations: [{ physicalLocation: locationOf(issue, byPath.get(issue.file)) }],
      partialFingerprints: { 'prReview/v1': fingerprint(id, issue.file, ordinal(`${id} ${issue.file}`)) },
    };
  });
  const { id: name, version } = manifest;
  return {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0' as const,
    runs: [{ tool: { driver: { name, semanticVersion: version, rules } }, results }],
  };
}

function ruleIdOf({ type, rule }: Issue): string {
  return rule ?? type;
}

function ruleOf(id: string, { type, severity, suggestion, cwe }: Issue) {
  const { title, about, security } = kinds[type];
  const { level, score } = grades[severity];
  const tags = [
    ...(security ? ['security'] : ['maintainability']),
    ...(cwe ? [`external/cwe/${cwe.toLowerCase()}`] : []),
  ];
  return {
    id,
    shortDescription: { text: `${title}: ${id.replace(/[-_]/g, ' ')}` },
    fullDescription: { text: about },
    help: { text: suggestion },
    defaultConfiguration: { level },
    properties: { tags, ...(security && { 'security-severity': score }) },
  };
}

/** `[text](1)` is a link in SARIF, and a message can repeat a name from the diff. */
function messageOf({ message, suggestion }: Issue): string {
  return `${message} ${suggestion}`.replaceAll('](', '] (');
}

/** GitHub shows only the new file, so an issue about a removed line is shown where that line was. */
function locationOf({ file: path, line, side }: Issue, file: ChangedFile | undefined) {
  return {
    artifactLocation: { uri: uriOf(path), uriBaseId: '%SRCROOT%' },
    region: { startLine: side === 'LEFT' && file ? newLineOf(file, line) : line },
  };
}

/** A relative URI. `encodeURIComponent` throws at half a surrogate pair, which a diff in JSON can contain. */
function uriOf(path: string): string {
  const wellFormed = Buffer.from(path, 'utf8').toString('utf8');
  return wellFormed.split('/').map(encodeURIComponent).join('/');
}

/** Counts from 0 how often a key was asked for before. */
function ordinals(): (key: string) => number {
  const counts = new Map<string, number>();
  return (key) => {
    const count = counts.get(key) ?? 0;
    counts.set(key, count + 1);
    return count;
  };
}

/**
 * Identifies an issue while lines move. It is made of no text of the line: a hash of a short password can be reversed.
 * GitHub's own `primaryLocationLineHash` needs the whole file; `upload-sarif` adds it.
 */
function fingerprint(rule: string, path: string, ordinal: number): string {
  return createHash('sha256')
    .update(JSON.stringify([rule, path, ordinal]))
    .digest('hex')
    .slice(0, 32);
}
