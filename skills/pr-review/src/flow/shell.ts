import type { SyntaxNode } from '@lezer/common';
import type { ParsedChunk } from '../code/parse.js';
import type { Evaluator } from './evaluate.js';
import type { Flow } from './find-flows.js';
import { argumentsOf, textIn } from './syntax.js';
import { isComposite, trustOf } from './value.js';

/** What `node:child_process` is called where it is imported as a whole. */
const childProcess =
  /^(?:cp|child|child_?process|childProcess|proc|shell|shelljs|sh|execa|require\(['"](?:node:)?child_process['"]\))$/i;
const execName =
  /^(?:exec|execSync|execAsync|execPromise|execP|pExec|asyncExec|execCommand|promisify\(exec\)|util\.promisify\(.{0,40}exec\))$/;

/**
 * Commands that JavaScript gives to a shell. `exec` is a method of regular expressions and databases too: it counts as
 * child_process's own where the code says so, or where nothing is in sight that says something else.
 */
export function shellOf(chunk: ParsedChunk, call: SyntaxNode, callee: string, evaluator: Evaluator): Flow[] {
  const [, owner, name = ''] = /^(?:(.+)\.)?([^.]+)$/.exec(callee) ?? [];
  if (/^(?:spawn|spawnSync|execFile|execFileSync|execa|fork)$/.test(name))
    return spawned(chunk, call, evaluator);
  const isExec = execName.test(name) || execName.test(callee);
  if (!isExec || !isChildProcess(chunk, call, owner, name, evaluator)) return [];
  const [command] = argumentsOf(chunk, call);
  if (!command) return [];
  const value = evaluator.valueOf(command.node);
  return trustOf(value) === 'safe' ? [] : [{ rule: 'shell-command-built-from-strings', node: call, value }];
}

function isChildProcess(
  chunk: ParsedChunk,
  call: SyntaxNode,
  owner: string | undefined,
  name: string,
  evaluator: Evaluator,
): boolean {
  if (owner !== undefined) return childProcess.test(owner);
  const definitions = evaluator.definitionsOf(name, call);
  return (
    definitions.every(({ value }) => value && /child_process|promisify/.test(textIn(chunk, value))) &&
    !new RegExp(`(?:function|import)\\s+(?:\\{[^}]*\\b)?${name}\\b(?![^;\\n]*child_process)`).test(chunk.text)
  );
}

/** `spawn(command, { shell: true })`, `spawn('sh', ['-c', command])`. */
function spawned(chunk: ParsedChunk, call: SyntaxNode, evaluator: Evaluator): Flow[] {
  const given = argumentsOf(chunk, call);
  const code = textIn(chunk, call).slice(0, 1_000);
  const [program, list] = given;
  if (!program) return [];
  const ranByShell =
    /\bshell\s*:\s*(?!false\b)/.test(code) ||
    /^[^,]*['"](?:\/(?:usr\/)?bin\/)?(?:ba|z|da)?sh['"]\s*,\s*\[\s*['"]-\w*c['"]|^[^,]*['"](?:cmd|powershell)(?:\.exe)?['"]/.test(
      code,
    );
  const value = [program, list]
    .flatMap((each) => (each ? [evaluator.valueOf(each.node)] : []))
    .find((each) => trustOf(each) !== 'safe');
  if (ranByShell && value) return [{ rule: 'shell-command-built-from-strings', node: call, value }];
  const first = evaluator.valueOf(program.node);
  const isChosen = trustOf(first) === 'source' && !isComposite(first);
  return isChosen ? [{ rule: 'program-from-request', node: call, value: first }] : [];
}
