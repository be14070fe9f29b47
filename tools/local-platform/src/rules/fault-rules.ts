import { errorBody } from '../errors/api-error.js';
import type { Fault, FaultInjector } from '../http/faults.js';
import { matcherOf, parseDuration, RuleError } from './rule.js';

interface FaultRule {
  method: string;
  matches: (path: string) => boolean;
  fault: Fault;
  /** How many uses it has left. */
  left: number;
}

/**
 * Parses fault rules, `<method> <path> <fault> [x<times>]`: `PUT /v2/apps/* 503 x2`, `POST /v2/apps drop:after x1`,
 * `* /v2/** delay:250ms`. The method may be `*`; in the path `*` stands for anything but a slash and `**` for anything.
 * The fault is a status from 400 to 599, `retry-after:<duration>` (429), `delay:<duration>`, `drop:before`, `drop:after`
 * (the call takes effect, its answer is lost) or `truncate`. The first matching rule with uses left applies; a rule without `x<times>` always has.
 * @throws RuleError that names the invalid rule
 */
export function faultsOf(rules: readonly string[]): FaultInjector {
  const parsed = rules.map(parseRule);
  return ({ method, path }) => {
    const rule = parsed.find(
      (one) => one.left > 0 && (one.method === '*' || one.method === method) && one.matches(path),
    );
    if (!rule) return undefined;
    rule.left -= 1;
    return rule.fault;
  };
}

function parseRule(text: string): FaultRule {
  const [method = '', path = '', fault = '', times, ...rest] = text.trim().split(/\s+/);
  try {
    if (fault === '' || rest.length > 0) throw new RuleError('expected a method, a path and a fault');
    return {
      method: method.toUpperCase(),
      matches: matcherOf(path),
      fault: parseFault(fault),
      left: parseTimes(times),
    };
  } catch (cause) {
    const example = 'Write it like "PUT /v2/apps/* 503 x2".';
    throw new RuleError(`Fault "${text}": ${(cause as Error).message}. ${example}`, { cause });
  }
}

function parseFault(text: string): Fault {
  if (text === 'truncate') return { truncate: true };
  if (text === 'drop:before') return { drop: 'before' };
  if (text === 'drop:after') return { drop: 'after' };
  if (text.startsWith('delay:')) return { delayMs: parseDuration(text.slice('delay:'.length)) };
  if (text.startsWith('retry-after:')) {
    const seconds = Math.ceil(parseDuration(text.slice('retry-after:'.length)) / 1000);
    return { ...refusal(429), headers: { 'retry-after': String(seconds) } };
  }
  if (/^[45]\d\d$/.test(text)) return refusal(Number(text));
  throw new RuleError(
    `"${text}" is not a fault: expected a status from 400 to 599, retry-after:, delay:, drop: or truncate`,
  );
}

function refusal(status: number) {
  const { id } = errorBody(status, '', '');
  return { status, body: { id, message: 'A requested fault.' } };
}

function parseTimes(text: string | undefined): number {
  if (text === undefined) return Infinity;
  const [, times] = /^x([1-9]\d{0,5})$/.exec(text) ?? [];
  if (times !== undefined) return Number(times);
  throw new RuleError(`"${text}" is not a number of times: expected x1, x2 and so on`);
}
