import type { DataTypeDef, Expr, ExprCall, ExprRef, SelectStatement } from 'pgsql-ast-parser';
import { functionNames, keywords, types } from './functions.js';
import type { Scope } from './scope.js';
import type { SelectCheck } from './select-check.js';

interface Place {
  check: SelectCheck;
  scope: Scope;
  /** Checks a SELECT inside the expression. */
  inside(select: SelectStatement): void;
}

/** Checks an expression and all its parts; a kind of node that is not named here is refused. */
export function checkExpression(expr: Expr, place: Place): void {
  const { check, inside } = place;
  switch (expr.type) {
    case 'integer':
    case 'numeric':
    case 'string':
    case 'boolean':
    case 'null':
      return;
    case 'ref':
      return addProblem(check, problemOfColumn(expr, place));
    case 'keyword':
      return addProblem(check, keywords.has(expr.keyword) ? undefined : `${expr.keyword} is not allowed`);
    case 'select':
    case 'union':
    case 'union all':
    case 'with':
      return inside(expr);
    case 'array select':
      return inside(expr.select);
    case 'call':
      addProblem(check, problemOfCall(expr, check));
      addProblem(check, check.growth.problemWith(expr));
      return partsOfCall(expr).forEach((part) => checkExpression(part, place));
    case 'cast':
      addProblem(check, problemOfType(expr.to));
      return checkExpression(expr.operand, place);
    default:
      return checkParts(expr, place);
  }
}

function addProblem({ problems }: SelectCheck, problem: string | undefined): void {
  if (problem !== undefined) problems.push(problem);
}

function checkParts(expr: Expr, place: Place): void {
  const parts = partsOf(expr);
  if (parts) parts.forEach((part) => checkExpression(part, place));
  else addProblem(place.check, `it uses "${expr.type}", which is not allowed`);
}

function problemOfColumn({ table, name }: ExprRef, { check, scope }: Place): string | undefined {
  if (table?.schema !== undefined) {
    return `${table.schema}.${table.name}.${name} names a schema: name tables without one`;
  }
  return scope.problemWith(table && check.fold(table.name), check.fold(name));
}

function problemOfType(type: DataTypeDef): string | undefined {
  if (type.kind === 'array') return problemOfType(type.arrayOf);
  const isPlain = type.schema === undefined && types.has(type.name);
  return isPlain
    ? undefined
    : 'it casts to a type that is not a plain number, text, date, time, boolean or JSON';
}

/** What an operator or another plain construct is made of; undefined for one that is not known to be harmless. */
function partsOf(expr: Expr): Expr[] | undefined {
  switch (expr.type) {
    case 'binary':
      return expr.opSchema === undefined ? [expr.left, expr.right] : undefined;
    case 'unary':
      return expr.opSchema === undefined ? [expr.operand] : undefined;
    case 'ternary':
      return [expr.value, expr.lo, expr.hi];
    case 'case':
      return present(expr.value, ...expr.whens.flatMap(({ when, value }) => [when, value]), expr.else);
    case 'extract':
      return [expr.from];
    case 'substring':
      return present(expr.value, expr.from, expr.for);
    case 'overlay':
      return present(expr.value, expr.placing, expr.from, expr.for);
    case 'list':
    case 'array':
      return expr.expressions;
    case 'arrayIndex':
      return [expr.array, expr.index];
    case 'member':
      return [expr.operand];
    default:
      return undefined;
  }
}

function problemOfCall(
  { function: { name, schema } }: ExprCall,
  { dialect }: SelectCheck,
): string | undefined {
  const isKnown = schema === undefined && functionNames[dialect].has(name);
  return isKnown ? undefined : `function ${name} is not allowed`;
}

function partsOfCall(call: ExprCall): Expr[] {
  const { args, orderBy, filter, withinGroup, over } = call;
  const sorted = [...(orderBy ?? []), ...(over?.orderBy ?? []), ...(withinGroup ? [withinGroup] : [])];
  return present(
    ...(isCountOfRows(call) ? [] : args),
    ...sorted.map(({ by }) => by),
    filter,
    ...(over?.partitionBy ?? []),
  );
}

/** The star of COUNT(*) is parsed as a column; any other star would read columns that were not named. */
function isCountOfRows({ function: { name }, args }: ExprCall): boolean {
  const [only] = args;
  return name === 'count' && args.length === 1 && only?.type === 'ref' && only.name === '*' && !only.table;
}

function present(...parts: (Expr | null | undefined)[]): Expr[] {
  return parts.filter((part) => part !== null && part !== undefined);
}
