import type { DocumentRule, Finding } from './documents.js';

const injection: DocumentRule = {
  name: 'workflow-script-from-event',
  cwe: 'CWE-94',
  type: 'injection',
  severity: 'high',
  message:
    'A script of the workflow contains text that anyone can write, such as a title or the name of a branch, and runs it.',
  suggestion: 'Put the expression into env, and use the variable in the script.',
};
const checkout: DocumentRule = {
  name: 'workflow-runs-foreign-code',
  cwe: 'CWE-829',
  type: 'configuration',
  severity: 'high',
  message:
    'pull_request_target has the secrets of the repository, and here it checks out code from anyone’s fork.',
  suggestion: 'Use pull_request, or do not check out the head of the pull request.',
};

/** What a stranger writes; numbers, ids and hashes are not. */
const foreign =
  /\$\{\{[^}]{0,300}?\bgithub\.(?:head_ref|event\.(?!(?:action|number|inputs\b|release|repository|sender\.id|before|after|ref\b|schedule|workflow\b|deleted|forced|created|enterprise|organization|installation)\b)(?![\w.]{0,100}(?:\.number|\.id|\.sha|_sha|\.merged|\.draft|\.state|_at|\.html_url|\.url|\.base\.ref|\.type|\.node_id|\.full_name|\.conclusion)\b)[\w.*[\]'"-]{1,200})[^}]{0,300}\}\}/g;
const ofHead =
  /\bref\s*:\s*['"]?\$\{\{\s*(?:github\.event\.pull_request\.head\.(?:sha|ref)|github\.head_ref)\s*\}\}/g;

/** Scripts that contain text of an event, and checkouts of foreign code with the secrets of the repository. */
export function workflowFindings(text: string): Finding[] {
  const findings: Finding[] = [];
  let at = 0;
  let script: number | undefined;
  let isOpen = true;
  for (const line of text.split('\n')) {
    const indent = line.search(/\S/);
    const started = /^(\s*(?:-\s+)?)(?:run|script)\s*:(.*)$/.exec(line);
    if (started) script = (started[1] ?? '').length;
    else if (indent >= 0 && script !== undefined && indent <= script) script = undefined;
    if (indent >= 0 && /^\s*(?:-\s+)?[\w-]+\s*:/.test(line)) isOpen = false;
    // At the top of a hunk the key of a block is out of sight.
    if (script !== undefined || isOpen) {
      for (const match of line.matchAll(foreign))
        findings.push({ rule: injection, from: at + match.index, to: at + match.index + match[0].length });
    }
    at += line.length + 1;
  }
  const isTarget = /\bpull_request_target\b/.test(text);
  const checkouts = isTarget ? [...text.matchAll(ofHead)] : [];
  return [
    ...findings,
    ...checkouts.map(({ 0: { length }, index }) => ({ rule: checkout, from: index, to: index + length })),
  ];
}
