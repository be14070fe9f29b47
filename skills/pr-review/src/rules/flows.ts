import type { Severity } from './rule.js';

export interface FlowRule {
  severity: Severity;
  cwe: string;
  message: string;
  suggestion: string;
}

/** What a value that the code does not contain can do at the place that it reaches. */
export const flowRules = {
  'sql-built-from-strings': {
    severity: 'high',
    cwe: 'CWE-89',
    message: 'SQL is built from strings, so a value can change the statement.',
    suggestion: 'Pass values as parameters of the query.',
  },
  'shell-command-built-from-strings': {
    severity: 'high',
    cwe: 'CWE-78',
    message: 'A shell command is built from strings, so a value can run another command.',
    suggestion: 'Use execFile or spawn with a list of arguments.',
  },
  'python-shell': {
    severity: 'high',
    cwe: 'CWE-78',
    message: 'A command runs through a shell, so a value in it can run another command.',
    suggestion: 'Use subprocess.run with a list of arguments and without shell=True.',
  },
  'php-shell': {
    severity: 'high',
    cwe: 'CWE-78',
    message: 'A command runs through a shell, so a value in it can run another command.',
    suggestion: 'Use escapeshellarg for each value, or proc_open with a list.',
  },
  'program-from-request': {
    severity: 'high',
    cwe: 'CWE-78',
    message: 'A request decides which program runs.',
    suggestion: 'Look the program up in a table of those that are allowed.',
  },
  eval: {
    severity: 'high',
    cwe: 'CWE-95',
    message: 'Text is run as code.',
    suggestion: 'Parse the value (JSON.parse, ast.literal_eval) or look it up in a table.',
  },
  'html-from-value': {
    severity: 'medium',
    cwe: 'CWE-79',
    message: 'A value is written as HTML, so it can inject a script.',
    suggestion: 'Use textContent, or sanitise the value first.',
  },
  'html-from-request': {
    severity: 'high',
    cwe: 'CWE-79',
    message: 'A value of the request is written into the page without escaping, so it can inject a script.',
    suggestion: 'Escape it, or use a template that does.',
  },
  'template-from-value': {
    severity: 'high',
    cwe: 'CWE-79',
    message: 'A value is inserted into a page without escaping, so it can inject a script or template code.',
    suggestion: 'Use a template file with autoescape, and pass the value as a variable.',
  },
  'path-from-request': {
    severity: 'high',
    cwe: 'CWE-22',
    message: 'A path comes from a request or an archive, so it can lead outside the intended folder.',
    suggestion: 'Resolve it, and check that the result is still below that folder.',
  },
  'include-from-value': {
    severity: 'high',
    cwe: 'CWE-98',
    message: 'A value decides which file is run as code.',
    suggestion: 'Look the file up in a table of those that are allowed.',
  },
  'address-from-request': {
    severity: 'high',
    cwe: 'CWE-918',
    message: 'A request decides which server this one calls, so it can reach what only this one can.',
    suggestion: 'Look the host up in a list of those that are allowed.',
  },
  'redirect-from-request': {
    severity: 'medium',
    cwe: 'CWE-601',
    message:
      'A request decides where its sender is redirected to, so a link to this site can lead to another one.',
    suggestion: 'Accept only paths of this site, or hosts of a list.',
  },
  'unsafe-deserialisation': {
    severity: 'high',
    cwe: 'CWE-502',
    message: 'Reading this data can run code that its sender wrote.',
    suggestion: 'Use json, or yaml.safe_load.',
  },
  'expression-from-request': {
    severity: 'medium',
    cwe: 'CWE-1333',
    message: 'A request decides which regular expression runs, so it can keep the process busy.',
    suggestion: 'Escape it, or search for a plain text.',
  },
} as const satisfies Record<string, FlowRule>;

export type FlowRuleName = keyof typeof flowRules;
