import type { SyntaxNode } from '@lezer/common';
import type { Language } from '../code/language.js';
import type { ParsedChunk } from '../code/parse.js';
import { type Definition, scopeKey, type Scopes, scopesOf } from './definitions.js';
import { filled, interpolated, unquoted } from './literals.js';
import { argumentsOf, calleeOf, functionAround, isFunction, operands, textIn } from './syntax.js';
import { checksVariable, isCleaning, isSource, passing, passingFunctions, trustOfName } from './trust.js';
import { composed, hole, isLiteral, joined, literal, nothing, type Value, worse } from './value.js';

/** Deeper than people nest and chain; text that is all brackets would end the stack. */
const maxDepth = 40;

/** How many parts one chunk's values are computed from, so that hostile code takes no more time than real code. */
const maxSteps = 300_000;

const longCode = 300;

/** Computes what the code of one chunk says of the values in it, within each function and the constants around it. */
export class Evaluator {
  private readonly scopes: Scopes;
  private readonly known = new Map<string, Value>();
  private readonly running = new Set<string>();
  private depth = 0;
  private steps = 0;

  constructor(
    private readonly chunk: ParsedChunk,
    private readonly language: Language,
  ) {
    this.scopes = scopesOf(chunk);
  }

  /** What is known of the value of an expression. */
  valueOf(node: SyntaxNode): Value {
    const key = `${node.from} ${node.to} ${node.name}`;
    const known = this.known.get(key);
    if (known) return known;
    this.steps += 1;
    if (this.depth >= maxDepth || this.steps > maxSteps || this.running.has(key))
      return hole('unknown', node.from);
    this.depth += 1;
    this.running.add(key);
    const value = this.compute(node);
    this.running.delete(key);
    this.depth -= 1;
    this.known.set(key, value);
    this.steps += value.parts.length;
    return value;
  }

  /** The definitions of a name that its function, or one around it, has. */
  definitionsOf(name: string, node: SyntaxNode): Definition[] {
    for (let around: SyntaxNode | null = functionAround(node); around; around = around.parent) {
      if (!isFunction(around) && around.parent) continue;
      const key = around.parent ? around.from : -1;
      const found = this.scopes.get(key)?.definitions.get(name);
      if (found) return found;
    }
    return [];
  }

  private compute(node: SyntaxNode): Value {
    switch (node.name) {
      case 'String':
        return this.language === 'php'
          ? this.interpolation(node)
          : literal(unquoted(textIn(this.chunk, node)));
      case 'TemplateString':
      case 'FormatString':
      case 'Heredoc':
      case 'ShellExpression':
        return this.interpolation(node);
      case 'ContinuedString':
        return joined(operands(node).map((part) => this.valueOf(part)));
      case 'BinaryExpression':
        return this.binary(node);
      case 'ConditionalExpression':
        return this.conditional(node);
      case 'Number':
      case 'Integer':
      case 'Float':
      case 'Boolean':
      case 'BooleanLiteral':
      case 'None':
      case 'null':
      case 'RegExp':
      case 'UnaryExpression':
        return hole('safe', node.from);
      case 'VariableName':
        return this.variable(node);
      case 'MemberExpression':
      case 'SubscriptExpression':
      case 'ScopedExpression':
        return this.member(node);
      case 'CallExpression':
      case 'NewExpression':
        return this.call(node);
      case 'TaggedTemplateExpression':
        return this.tagged(node);
      default:
        return this.compound(node);
    }
  }

  private interpolation(node: SyntaxNode): Value {
    const parts = interpolated(this.chunk, node, (inner) => this.valueOf(inner));
    const value = joined(parts);
    return composed(node, value);
  }

  /** Nodes that give what their operands give: lists, parentheses, casts, `await`. */
  private compound(node: SyntaxNode): Value {
    if (/^(?:Array|Tuple|Set|List)\w*Expression$|^(?:Object|Dictionary)Expression$/.test(node.name)) {
      const inner = /Comprehension/.test(node.name) ? operands(node).slice(0, 1) : operands(node);
      return joined(inner.slice(0, 50).map((each) => this.entry(each)));
    }
    if (node.name === 'ComprehensionExpression') return this.only(operands(node)[0], node);
    if (node.name === 'CastExpression') {
      const isText = /string|array|object/.test(textIn(this.chunk, node.getChild('NamedType')));
      return isText ? this.only(operands(node).at(-1), node) : hole('safe', node.from);
    }
    const wraps =
      /^(?:Parenthesized|Await|Postfix|Yield|Spread|Assignment|Named)\w*|^PrefixCast$|^NamedExpression$/;
    return wraps.test(node.name) ? this.only(operands(node).at(-1), node) : this.named(node);
  }

  private entry(node: SyntaxNode): Value {
    return node.name === 'Property' ? this.only(operands(node).at(-1), node) : this.valueOf(node);
  }

  private only(inner: SyntaxNode | undefined, node: SyntaxNode): Value {
    return inner ? this.valueOf(inner) : hole('unknown', node.from);
  }

  private named(node: SyntaxNode): Value {
    return hole(trustOfName(this.codeOf(node), this.language), node.from);
  }

  private binary(node: SyntaxNode): Value {
    const operator = node.firstChild?.nextSibling;
    const sign = textIn(this.chunk, operator);
    if (sign === '+' || (sign === '.' && this.language === 'php')) return this.concatenation(node, sign);
    const [left, right] = operands(node);
    if (!left || !right) return hole('unknown', node.from);
    if (sign === '%' && this.language === 'python') return this.percent(node, left, right);
    if (sign === '*' && this.language === 'python') return worse(this.valueOf(left), this.valueOf(right));
    if (sign === 'as' || sign === 'satisfies') return this.valueOf(left);
    const chooses = /^(?:\|\||\?\?|or|and|&&|\?:)$/.test(sign);
    return chooses ? worse(this.valueOf(left), this.valueOf(right)) : hole('safe', node.from);
  }

  /** A chain of + leans to the left, and can be longer than the stack is deep. */
  private concatenation(node: SyntaxNode, sign: string): Value {
    const parts: SyntaxNode[] = [];
    let left: SyntaxNode | null = node;
    while (left?.name === 'BinaryExpression' && textIn(this.chunk, left.firstChild?.nextSibling) === sign) {
      if (left.lastChild) parts.unshift(left.lastChild);
      left = left.firstChild;
      if (parts.length > 300) break;
    }
    if (left) parts.unshift(left);
    const value = joined(parts.map((part) => this.valueOf(part)));
    return composed(node, value);
  }

  private percent(node: SyntaxNode, left: SyntaxNode, right: SyntaxNode): Value {
    const template = this.valueOf(left);
    if (!template.parts.some((part) => typeof part === 'string')) return hole('safe', node.from);
    const isTuple = right.name === 'TupleExpression';
    const values = (isTuple ? operands(right) : [right]).map((each) => ({ value: this.valueOf(each) }));
    const value = filled(template, /%(?:\(\w+\))?[-#0 +]*[\d.*]*(?<kind>[srdifxXeEgGc%])/g, values);
    return composed(node, value);
  }

  private conditional(node: SyntaxNode): Value {
    const all = operands(node);
    const [first, second] = this.language === 'python' ? [all[0], all[2]] : [all.at(-2), all.at(-1)];
    return worse(this.only(first, node), this.only(second, node));
  }

  private variable(node: SyntaxNode): Value {
    const name = textIn(this.chunk, node);
    if (isSource(name, this.language)) return hole('source', node.from);
    const definitions = this.definitionsOf(name, node);
    if (definitions.length === 0) return this.named(node);
    if (this.isChecked(name, node)) return hole('safe', node.from);
    const isHere = definitions.some((each) => scopeKey(each.node) === scopeKey(node));
    // A function runs later than the code around it, which has then done all that it does.
    const before = isHere ? definitions.filter((each) => each.node.from < node.from) : definitions;
    return this.collected(before, node, name);
  }

  private collected(definitions: Definition[], use: SyntaxNode, name: string): Value {
    let value = nothing;
    for (const { kind, value: given, node } of definitions) {
      if (node.from <= use.from && node.to >= use.to && kind !== 'parameter') continue;
      if (kind === 'add' && given) {
        value = joined([value, composed(node, this.valueOf(given))]);
        continue;
      }
      const next = given ? this.valueOf(given) : this.parameter(node, name);
      value = runsBefore(node, use) ? next : worse(value, next);
    }
    return value.parts.length === 0 ? hole('unknown', use.from) : value;
  }

  /** What a framework passes to the function of a route comes from the request. */
  private parameter(list: SyntaxNode, name: string): Value {
    if (/^(?:self|cls|request|req|res|ctx)$/.test(name)) return hole('unknown', list.from);
    const decorated = list.parent?.parent?.name === 'DecoratedStatement' ? list.parent.parent : undefined;
    const decorators = (decorated?.getChildren('Decorator') ?? []).map((each) => textIn(this.chunk, each));
    const isRoute = decorators.some((text) =>
      /^@[\w.]*(?:\.|\b)(?:route|get|post|put|delete|patch)\(/.test(text),
    );
    const isNumber = new RegExp(`<(?:int|float|uuid):${name}>`).test(decorators.join('\n'));
    if (!isRoute) return hole(trustOfName(name, this.language), list.from);
    return hole(isNumber || this.hasNumberType(list, name) ? 'safe' : 'source', list.from);
  }

  private hasNumberType(list: SyntaxNode, name: string): boolean {
    return new RegExp(`\\b${name}\\s*:\\s*(?:int|float|bool|UUID|uuid\\.UUID|datetime|date)\\b`).test(
      textIn(this.chunk, list).slice(0, 2_000),
    );
  }

  /** The code has tested the variable, and does something else when it is not as expected. */
  private isChecked(name: string, use: SyntaxNode): boolean {
    const checks = this.scopes.get(scopeKey(use))?.checks ?? [];
    return checks.some(({ condition, node, leaves, replaced }) => {
      const isInside = node.from < use.from && use.to <= node.to && use.from > node.from + condition.length;
      return (
        (isInside || ((leaves || replaced.includes(name)) && node.to <= use.from)) &&
        checksVariable(condition, name)
      );
    });
  }

  private member(node: SyntaxNode): Value {
    const code = this.codeOf(node);
    if (isSource(code, this.language)) return hole('source', node.from);
    const base = node.firstChild;
    if (base?.name === 'VariableName') return this.memberOf(base, node, code);
    const inner =
      base && /^(?:Member|Call|Subscript|Await|Parenthesized)/.test(base.name) ? this.valueOf(base) : nothing;
    const isFromOutside = inner.parts.some((part) => typeof part !== 'string' && part.trust === 'source');
    return hole(isFromOutside ? 'source' : trustOfName(code, this.language), node.from);
  }

  /** `table[key]` of a table that the code contains is what the table has; a part of a source is a source. */
  private memberOf(base: SyntaxNode, node: SyntaxNode, code: string): Value {
    const definitions = this.definitionsOf(textIn(this.chunk, base), base);
    const isTable = definitions.some(
      ({ value }) => value && /^(?:Object|Dictionary|Array)Expression$/.test(value.name),
    );
    const trust = trustOfName(code, this.language);
    if (definitions.length === 0 || trust === 'safe') return hole(trust, node.from);
    const value = this.valueOf(base);
    const isFromOutside = value.parts.some((part) => typeof part !== 'string' && part.trust === 'source');
    if (isFromOutside) return hole('source', node.from);
    return isTable ? value : hole('unknown', node.from);
  }

  private tagged(node: SyntaxNode): Value {
    const template = node.getChild('TemplateString');
    const isRaw = textIn(this.chunk, node.firstChild) === 'String.raw';
    return isRaw && template ? this.valueOf(template) : hole('safe', node.from);
  }

  private call(node: SyntaxNode): Value {
    const callee = calleeOf(this.chunk, node);
    if (isSource(`${callee}(${this.codeOf(node).slice(callee.length + 1)}`, this.language))
      return hole('source', node.from);
    const given = argumentsOf(this.chunk, node);
    const method = /(?:\.|->|::)([\w$]+)$/.exec(callee)?.[1] ?? '';
    const receiver = method === '' ? undefined : node.firstChild?.firstChild;
    if (/^(?:sprintf|vsprintf)$/.test(callee))
      return this.formatted(node, given, /%(?:\d+\$)?[-+0-9.']*(?<kind>[a-zA-Z%])/g);
    if (/^(?:util\.)?format$/.test(callee)) return this.formatted(node, given, /%(?<kind>[sdifjoO%])/g);
    if (this.isRooted(callee, given)) return hole('safe', node.from);
    if (passingFunctions.test(callee)) return joined(given.map((each) => this.valueOf(each.node)));
    if (receiver) {
      const known = this.method(node, method, receiver);
      if (known) return known;
    }
    return hole(isCleaning(callee) ? 'safe' : 'unknown', node.from);
  }

  /** `path.join('/', name)` cannot lead above its root. */
  private isRooted(callee: string, given: { node: SyntaxNode }[]): boolean {
    const [first] = given;
    return (
      /^(?:path\.)?(?:posix\.)?join$/.test(callee) &&
      first !== undefined &&
      /^['"`][\\/]['"`]$/.test(textIn(this.chunk, first.node))
    );
  }

  private formatted(node: SyntaxNode, given: { node: SyntaxNode }[], mark: RegExp): Value {
    const [template, ...values] = given.map((each) => this.valueOf(each.node));
    if (!template) return hole('unknown', node.from);
    const value = filled(
      template,
      mark,
      values.map((each) => ({ value: each })),
    );
    return composed(node, value);
  }

  private method(node: SyntaxNode, method: string, receiver: SyntaxNode): Value | undefined {
    const given = argumentsOf(this.chunk, node);
    if (method === 'format' && this.language === 'python') return this.pythonFormat(node, receiver);
    if (method === 'join') return this.join(given, receiver);
    if (method === 'concat')
      return joined([receiver, ...given.map((each) => each.node)].map((each) => this.valueOf(each)));
    if (method === 'map' && this.language === 'script') return this.mapped(given[0]?.node, receiver);
    if (/^replace(?:All)?$/.test(method)) return this.replaced(node, receiver);
    return passing.test(method) ? this.receiverOf(method, receiver, node) : undefined;
  }

  /** `.get(key)` of something unknown is unknown, whatever it is called. */
  private receiverOf(method: string, receiver: SyntaxNode, node: SyntaxNode): Value {
    const value = this.valueOf(receiver);
    return isLiteral(value) && method === 'read' ? hole('unknown', node.from) : value;
  }

  private pythonFormat(node: SyntaxNode, receiver: SyntaxNode): Value | undefined {
    const template = this.valueOf(receiver);
    if (!template.parts.some((part) => typeof part === 'string')) return undefined;
    const values = argumentsOf(this.chunk, node).map(({ name, node: each }) => ({
      ...(name !== undefined && { name }),
      value: this.valueOf(each),
    }));
    const value = filled(template, /\{(?<name>\w*)[^{}]*\}/g, values);
    return composed(node, value);
  }

  private join(given: { node: SyntaxNode }[], receiver: SyntaxNode): Value {
    const [first] = given;
    // Python joins its argument, JavaScript what it is called on.
    if (this.language !== 'python') return this.valueOf(receiver);
    return first ? this.valueOf(first.node) : nothing;
  }

  private mapped(callback: SyntaxNode | undefined, receiver: SyntaxNode): Value {
    const body = callback?.name === 'ArrowFunction' ? operands(callback).at(-1) : undefined;
    if (!body || body.name === 'Block') return this.valueOf(receiver);
    const value = this.valueOf(body);
    const isOwn = value.parts.every((part) => typeof part === 'string' || part.trust === 'safe');
    return isOwn ? value : worse(value, this.valueOf(receiver));
  }

  private replaced(node: SyntaxNode, receiver: SyntaxNode): Value {
    const [pattern, by] = argumentsOf(this.chunk, node);
    // Removing or doubling quotes, or all but some characters, is meant to make the value harmless.
    const cleans = /\[\^|['"]\s*['"\\]|\/['"]|\\W|[<>&]/.test(textIn(this.chunk, pattern?.node));
    if (cleans) return hole('safe', node.from);
    const value = joined([this.valueOf(receiver), by ? this.valueOf(by.node) : nothing]);
    return composed(node, value);
  }

  private codeOf(node: SyntaxNode): string {
    return this.chunk.text
      .slice(node.from, Math.min(node.to, node.from + longCode))
      .replace(/\s+/g, ' ')
      .replaceAll('?.', '.')
      .replaceAll('!.', '.');
  }
}

/** Whether a definition always runs before a use: the block that it is in is around the use. */
function runsBefore(definition: SyntaxNode, use: SyntaxNode): boolean {
  let block: SyntaxNode | null = definition.parent;
  while (block && !/^(?:Body|Block|Script|Template|Program)$|Statement$/.test(block.name))
    block = block.parent;
  if (block && /^(?:ExpressionStatement)$/.test(block.name)) block = block.parent;
  return !block || (block.from <= use.from && block.to >= use.to);
}
