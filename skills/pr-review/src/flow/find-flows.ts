import type { SyntaxNode } from '@lezer/common';
import { setImmediate } from 'node:timers/promises';
import type { Language } from '../code/language.js';
import type { ParsedChunk, ParsedFile } from '../code/parse.js';
import { firstChangedLine, lineAt } from '../diff/chunk.js';
import { issueOf } from '../rules/find-in-lines.js';
import { type FlowRuleName, flowRules } from '../rules/flows.js';
import type { Issue } from '../schema.js';
import { assignedFlow, returnedFlow } from './assignments.js';
import { Evaluator } from './evaluate.js';
import { composing, placesIn } from './places.js';
import { shellOf } from './shell.js';
import { type Condition, type Sink, sinks } from './sinks.js';
import { isSql, isStatement } from './sql-shape.js';
import { argumentsOf, calleeOf, textIn } from './syntax.js';
import { isComposite, type Range, shapeOf, trustOf, type Value } from './value.js';

/** A value that reaches a place which it must not decide. */
export interface Flow {
  rule: FlowRuleName;
  /** What is run: the call, the assignment or the text. */
  node: SyntaxNode;
  value: Value;
}

/** How long the search may keep the only thread, in milliseconds. */
const sliceMs = 20;

/**
 * Follows values through the functions of a file to the places that run or send them.
 * @throws the reason of `signal` when that aborts
 */
export async function findFlows(file: ParsedFile, signal: AbortSignal): Promise<Issue[]> {
  const issues: Issue[] = [];
  for (const [index, chunk] of file.after.entries()) {
    const old = file.before[index];
    if (chunk.changed.size === 0 && !old?.changed.size) continue;
    const flows = await flowsIn(chunk, file, signal);
    const others = flows.filter((flow) => lineOf(flow, chunk) === undefined);
    const known = others.length > 0 && old?.changed.size ? await flowsIn(old, file, signal) : [];
    const opened = old?.changed.size ? withoutCheck(others, chunk, known, old) : [];
    for (const flow of flows) {
      const line = lineOf(flow, chunk);
      if (line !== undefined) issues.push(issue(flow, file.path, line));
    }
    for (const flow of opened)
      issues.push(
        issue(flow, file.path, lineAt(chunk, flow.node.from), 'The change removes what kept this safe. '),
      );
  }
  return issues;
}

function issue({ rule }: Flow, path: string, line: number, why = ''): Issue {
  const { message, ...known } = flowRules[rule];
  return issueOf({ name: rule, type: 'injection', ...known, message: `${why}${message}` }, path, line);
}

/** Of flows that the change does not touch those that were none before it: a check of the value, or what cleaned it, is gone. */
function withoutCheck(flows: Flow[], chunk: ParsedChunk, before: Flow[], old: ParsedChunk): Flow[] {
  const name = ({ rule, node }: Flow, within: ParsedChunk) => `${rule} ${textIn(within, node)}`;
  const known = new Set(before.map((flow) => name(flow, old)));
  // What was not there before is not known to have been safe.
  return flows.filter((flow) => !known.has(name(flow, chunk)) && old.text.includes(textIn(chunk, flow.node)));
}

async function flowsIn(chunk: ParsedChunk, { language }: ParsedFile, signal: AbortSignal): Promise<Flow[]> {
  const evaluator = new Evaluator(chunk, language);
  const found: Flow[] = [];
  let until = performance.now() + sliceMs;
  for (const node of placesIn(chunk.tree)) {
    found.push(...flowsAt(chunk, node, evaluator, language));
    if (performance.now() < until) continue;
    await setImmediate();
    signal.throwIfAborted();
    until = performance.now() + sliceMs;
  }
  return found;
}

function flowsAt(chunk: ParsedChunk, node: SyntaxNode, evaluator: Evaluator, language: Language): Flow[] {
  if (node.name === 'CallExpression' || node.name === 'NewExpression')
    return [...calledFlows(chunk, node, evaluator, language), ...statementFlow(chunk, node, evaluator)];
  return [
    ...assignedFlow(chunk, node, evaluator, language),
    ...returnedFlow(node, evaluator, language),
    ...statementFlow(chunk, node, evaluator),
  ];
}

function calledFlows(chunk: ParsedChunk, call: SyntaxNode, evaluator: Evaluator, language: Language): Flow[] {
  const callee = calleeOf(chunk, call);
  if (callee === '') return [];
  const shell = language === 'script' ? shellOf(chunk, call, callee, evaluator) : [];
  const matching = sinks[language].filter(
    (sink) => sink.callee.test(callee) && !isInnocent(chunk, call, sink),
  );
  if (matching.some(({ rule }) => rule === 'unsafe-deserialisation') && isOwn(call, callee, evaluator))
    return shell;
  return [...shell, ...matching.flatMap((sink) => reached(chunk, call, sink, evaluator))];
}

/** `yaml = YAML()` has the name of a module, and is another thing. */
function isOwn(call: SyntaxNode, callee: string, evaluator: Evaluator): boolean {
  const [owner = ''] = callee.split('.', 1);
  return evaluator.definitionsOf(owner, call).some(({ kind }) => kind === 'set');
}

function isInnocent(chunk: ParsedChunk, call: SyntaxNode, { given, unless }: Sink): boolean {
  const code = textIn(chunk, call.getChild('ArgList')).slice(0, 1_000);
  return (given !== undefined && !given.test(code)) || (unless?.test(code) ?? false);
}

function reached(chunk: ParsedChunk, call: SyntaxNode, sink: Sink, evaluator: Evaluator): Flow[] {
  const { at = [0], named, rule } = sink;
  const given = argumentsOf(chunk, call);
  const counted = given.filter(({ name }, index) =>
    name === undefined ? at.includes(index) : name === named,
  );
  for (const { node } of counted) {
    const value = evaluator.valueOf(node);
    if (fulfils(value, sink.when) && fits(value, sink.shape)) return [{ rule, node: call, value }];
  }
  return [];
}

/** Whether a value is as little known as a sink asks for. */
export function fulfils(value: Value, when: Condition): boolean {
  if (when === 'source') return trustOf(value) === 'source';
  return when === 'composite' ? isComposite(value) : trustOf(value) !== 'safe';
}

function fits(value: Value, shape: Sink['shape']): boolean {
  const text = shapeOf(value);
  if (shape === 'sql') return isSql(text);
  if (shape === 'html')
    return /<\/?[a-z!\u0001]/i.test(text) || (value.parts.length === 1 && text === '\u0001');
  // With the host, or the start of a path, in the code a value decides only what follows.
  if (shape === 'host') return !/^\s*(?:https?|wss?):\/\/[^/\u0001]+[/?]/i.test(text);
  return (
    shape !== 'redirect' ||
    !/^(?:location\s*:)?\s*(?:https?:\/\/[^/\u0001]+[/?]|\/[^/\\\u0001]|[?#])/i.test(text)
  );
}

/** Calls that only show a text. */
const showing =
  /(?:^|\.|->)(?:log|info|warn|warning|debug|error|exception|critical|fatal|print|trace|write|notice|fail|assert\w*|abort|panic|die|exit|message|t|_|describe|it|test)$|Error$|Exception$|^(?:new )?(?:Error|print|echo|SkillError)/;

/** An SQL statement that is put together, wherever it goes. */
function statementFlow(chunk: ParsedChunk, node: SyntaxNode, evaluator: Evaluator): Flow[] {
  if (!composing.test(node.name)) return [];
  const value = evaluator.valueOf(node);
  if (
    !isComposite(value) ||
    !isStatement(shapeOf(value)) ||
    !value.made.some((made) => made.from >= node.from && made.to <= node.to)
  )
    return [];
  return isShown(chunk, node) ? [] : [{ rule: 'sql-built-from-strings', node, value }];
}

function isShown(chunk: ParsedChunk, node: SyntaxNode): boolean {
  const call = node.parent?.name === 'ArgList' ? node.parent.parent : null;
  return call !== null && showing.test(calleeOf(chunk, call));
}

/** The changed line that shows the flow best: where the text is made, where it goes, or where the value comes from. */
function lineOf({ node, value }: Flow, chunk: ParsedChunk): number | undefined {
  const holes = value.parts.flatMap((part): Range[] =>
    typeof part === 'string' || part.trust === 'safe' ? [] : [{ from: part.from, to: part.from }],
  );
  for (const { from, to } of [...value.made.toReversed(), node, ...holes]) {
    const line = firstChangedLine(chunk, from, to);
    if (line !== undefined) return line;
  }
  return undefined;
}
