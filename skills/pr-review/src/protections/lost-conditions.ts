import { issueOf } from '../rules/find-in-lines.js';
import type { Rule } from '../rules/rule.js';
import type { Issue } from '../schema.js';
import { type ChangeBlock, isActive, outsideFunctions } from './change-blocks.js';
import { lostIssue } from './pieces.js';

type ConditionRule = Omit<Rule, 'pattern'>;

const guard: ConditionRule = {
  name: 'guard-removed',
  type: 'injection',
  cwe: 'CWE-20',
  severity: 'medium',
  message: 'The change removes a condition under which this refused to go on.',
  suggestion: 'Keep it, or say in the change why it cannot happen.',
};
const widened: ConditionRule = {
  name: 'condition-widened',
  type: 'configuration',
  cwe: 'CWE-863',
  severity: 'medium',
  message: 'Both conditions had to hold here, and one is enough now.',
  suggestion: 'Keep the "and", or say in the change why one is enough.',
};
const condition = /^\s*(?:\}\s*)?(?:else\s*)?(?:if|elif|elsif|unless)\b[\s(!]/;
const refusal =
  /\b(?:throw|raise|abort|forbid\w*|deny|die|exit|panic)\b|\breturn\b.{0,60}(?:\b[45]\d\d\b|[eE]rr|Error|Forbidden|Unauthorized|BadRequest|NotFound|[fF]alse\b|reject)|\bhttp\.Error\(|\b(?:status|sendStatus|sendError|setStatus)\w*\(\s*(?:4|HttpStatus|Response)|\.reject\(|^\s*(?:return|continue|next)(?:\s+(?:null|nil|None|undefined|\[\]|\{\}|''|""))?\s*;?\s*$/;
/** Whether something is there, or failed, is no protection. */
const trivial =
  /\b(?:err|error|e|ok)\b\s*(?:!=|==|is)|[!=]==?\s*(?:null|nil|undefined|None|''|"")\s*\)?\s*[:{]?\s*$|\bis\s+(?:not\s+)?None\b|\bempty\(|^\s*if\s*\(?!?\w+\)?\s*[:{]?\s*$/;
/** A block that removes more than this removes a feature. */
const maxRemoved = 25;

/** Conditions that refused something, removed with nothing in their place. */
export function lostGuards(path: string, blocks: ChangeBlock[]): Issue[] {
  return blocks.flatMap((block) => {
    if (block.added.some(isActive) || block.removed.length > maxRemoved) return [];
    const lines = outsideFunctions(block.removed).filter(isActive);
    return lines.flatMap((line, index) => {
      if (!condition.test(line.text) || trivial.test(line.text)) return [];
      const refuses = lines.slice(index, index + 4).some(({ text }) => refusal.test(text));
      return refuses ? [lostIssue(guard, path, line, block)] : [];
    });
  });
}

const and = / && | and /;
const asOr = (text: string) =>
  text
    .replaceAll('&&', '||')
    .replace(/\band\b/g, 'or')
    .replace(/\s+/g, '');

const loosened: ConditionRule = {
  name: 'comparison-loosened',
  type: 'configuration',
  cwe: 'CWE-697',
  severity: 'medium',
  message: 'Values of different types can be equal here now, such as 0 and a text.',
  suggestion: 'Compare with === or !==.',
};
const compared = /token|hash|passw|secret|key|sig|code|nonce|csrf|hmac|md5|mac\b/i;
const strict = /[!=]==/;
const withoutTypes = (text: string) =>
  text.replaceAll('===', '==').replaceAll('!==', '!=').replace(/\s+/g, '');

/** Comparisons of secrets that convert them. */
export function loosenedComparisons(path: string, blocks: ChangeBlock[]): Issue[] {
  return blocks.flatMap(({ removed, added }) => {
    const old = new Set(
      removed.filter(({ text }) => strict.test(text)).map(({ text }) => withoutTypes(text)),
    );
    return added
      .filter(({ text }) => old.has(withoutTypes(text)) && !strict.test(text) && compared.test(text))
      .map((line) => issueOf(loosened, path, line.line));
  });
}

/** Conditions of which one is enough where both were needed. */
export function widenedConditions(path: string, blocks: ChangeBlock[]): Issue[] {
  return blocks.flatMap(({ removed, added }) => {
    const old = new Set(removed.filter(({ text }) => and.test(text)).map(({ text }) => asOr(text)));
    return added
      .filter((line) => old.has(asOr(line.text)) && !and.test(line.text) && isActive(line))
      .map((line) => issueOf(widened, path, line.line));
  });
}
