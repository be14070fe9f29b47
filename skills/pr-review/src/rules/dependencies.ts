import type { Rule } from './rule.js';

const npmLockfiles = ['package-lock.json', 'npm-shrinkwrap.json', 'pnpm-lock.yaml', 'yarn.lock'];
const requirements = /^(?:requirements|constraints)[\w.-]{0,40}\.txt$/i;
const manifests = /^(?:package\.json|pyproject\.toml|Pipfile|requirements[\w.-]{0,40}\.(?:txt|in))$/i;

/** Lines of manifests and lockfiles that let in code that was not chosen. */
export const dependencyRules: Rule[] = [
  {
    name: 'dependency-any-version',
    type: 'dependency',
    severity: 'medium',
    pattern:
      /^\s{0,40}"(?!(?:node|npm|pnpm|yarn|bun|vscode|version|homepage|url|license|type)")[@\w./-]{1,214}"\s{0,10}:\s{0,10}"(?:\*|x|latest|>=\s?[\d.]{1,20})"/,
    files: /^package\.json$/,
    message: 'Any version of this dependency matches, even one that breaks the program.',
    suggestion: 'Name the major version that was tested, such as ^4.1.0.',
  },
  {
    name: 'requirement-unpinned',
    type: 'dependency',
    severity: 'low',
    pattern:
      /^\s{0,10}[A-Za-z0-9][\w.-]{0,100}(?:\[[\w, -]{1,100}\])?\s{0,10}(?:$|#|;|[<>~!]=?)(?!.{0,300}==)/,
    files: requirements,
    message: 'This requirement is not pinned, so each installation can bring another version.',
    suggestion: 'Pin it with ==, or keep it in requirements.in and let pip-compile write this file.',
  },
  {
    name: 'dependency-without-tls',
    type: 'dependency',
    severity: 'high',
    pattern:
      /(?<!"(?:homepage|url|bugs|repository|funding|author)"\s{0,5}:\s{0,5})["'\s@+](?:http|git):\/\/(?!localhost\b|127\.0\.0\.1\b)[\w.-]{1,253}[/:]/,
    files: new RegExp(`${manifests.source}|^(?:${npmLockfiles.join('|')}|poetry\\.lock|Pipfile\\.lock)$`),
    confirm: (match) => !/^["'\s@+]http:\/\/(?:www\.)?(?:json-schema|opensource|apache|gnu)\.org/.test(match),
    message: 'This package is downloaded over a connection that others can tamper with.',
    suggestion: 'Use https.',
  },
  {
    name: 'dependency-from-branch',
    type: 'dependency',
    severity: 'medium',
    pattern:
      /(?<!"(?:homepage|url|bugs|repository|funding|author)"\s{0,5}:\s{0,5})"(?:git\+(?:https|ssh):\/\/|github:|gitlab:|bitbucket:)[^"#]{1,300}(?:#(?:main|master|develop|HEAD))?"|^\s{0,10}(?:[\w.-]{1,100}\s{0,5}@\s{0,5}|-e\s{1,5})?git\+https:\/\/[^\s#@]{1,300}(?:@(?:main|master|develop|HEAD))?(?:$|#|\s)/,
    files: manifests,
    // package.json names its own repository in the same words.
    confirm: (match) => !/\.git"$/.test(match) || /#/.test(match),
    message: 'This dependency follows a branch, so its code changes without a change here.',
    suggestion: 'Name a tag or, better, a commit.',
  },
];
