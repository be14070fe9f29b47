import { JS, PYTHON, type Rule } from './rule.js';

/** Code that hands a text made at run time to an interpreter. */
export const INJECTION_RULES: Rule[] = [
  {
    name: 'sql-built-from-strings',
    type: 'injection',
    severity: 'high',
    pattern:
      /["'`](?:select\s.{1,300}?\sfrom|insert\s+into|update\s.{1,100}?\sset|delete\s+from)\s[^"'`]{0,300}(?:\$\{|["'`]\s{0,10}(?:\+|%|\.format\())/i,
    extensions: [...JS, ...PYTHON, '.java', '.go', '.php', '.rb'],
    message: 'SQL is put together from strings, so a value can change the statement.',
    suggestion: 'Pass values as parameters of the query.',
  },
  {
    name: 'sql-in-f-string',
    type: 'injection',
    severity: 'high',
    pattern: /\bf["'](?:select|insert\s+into|update|delete\s+from)\s[^"']{0,300}\{/i,
    extensions: PYTHON,
    message: 'SQL is put together by an f-string, so a value can change the statement.',
    suggestion: 'Pass values as parameters of execute().',
  },
  {
    name: 'shell-command-built-from-strings',
    type: 'injection',
    severity: 'high',
    pattern: /\bexec(?:Sync)?\(\s{0,10}(?:`[^`]{0,300}\$\{|["'][^"']{0,300}["']\s{0,10}\+)/,
    extensions: JS,
    message: 'A shell command is put together from strings, so a value can run another command.',
    suggestion: 'Use execFile or spawn with a list of arguments.',
  },
  {
    name: 'python-shell',
    type: 'injection',
    severity: 'high',
    pattern:
      /\bos\.(?:system|popen)\(\s{0,10}(?!["'][^"']{0,300}["']\s{0,10}\))|\bshell\s{0,5}=\s{0,5}True\b/,
    extensions: PYTHON,
    message: 'A command runs through a shell, so a value in it can run another command.',
    suggestion: 'Use subprocess.run with a list of arguments and without shell=True.',
  },
  {
    name: 'eval',
    type: 'injection',
    severity: 'high',
    pattern: /(?<![\w.$])(?:eval|new\s{1,5}Function)\(\s{0,10}(?!\))/,
    extensions: [...JS, ...PYTHON],
    message: 'Text is run as code.',
    suggestion: 'Parse the value (JSON.parse, ast.literal_eval) or look it up in a table.',
  },
  {
    name: 'html-from-value',
    type: 'injection',
    severity: 'medium',
    pattern:
      /\.(?:innerHTML|outerHTML)\s{0,10}\+?=\s{0,10}(?![\s=]|["'][^"']{0,300}["']\s{0,10};?\s{0,10}$)|dangerouslySetInnerHTML|\bdocument\.write(?:ln)?\(/,
    extensions: [...JS, '.html'],
    message: 'A value is written as HTML, so it can bring its own script.',
    suggestion: 'Use textContent, or sanitise the value first.',
  },
  {
    name: 'unsafe-deserialisation',
    type: 'injection',
    severity: 'high',
    pattern: /\bpickle\.loads?\(|\byaml\.load\((?!.{0,300}Safe)/,
    extensions: PYTHON,
    message: 'Reading this data can run code that its sender wrote.',
    suggestion: 'Use json, or yaml.safe_load.',
  },
];
