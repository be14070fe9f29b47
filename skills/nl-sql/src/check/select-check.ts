import type {
  Expr,
  ExprRef,
  From,
  FromCall,
  SelectFromStatement,
  SelectStatement,
  Statement,
  WithStatement,
} from 'pgsql-ast-parser';
import type { Database, Dialect } from '../catalogue/database.js';
import { checkExpression } from './expression.js';
import { rowFunctions } from './functions.js';
import { Growth } from './growth.js';
import { Scope, type Source } from './scope.js';

/** Temporary tables of WITH, by name. */
type Named = ReadonlyMap<string, ReadonlySet<string>>;

/** Walks a statement; everything in it that is not known to be harmless becomes a problem. */
export class SelectCheck {
  readonly problems: string[] = [];
  /** The tables of the database that the statement reads. */
  readonly tables = new Set<string>();
  readonly growth = new Growth();
  readonly #columns: Map<string, { name: string; columns: ReadonlySet<string> }>;

  constructor(
    database: Database,
    readonly dialect: Dialect,
  ) {
    this.#columns = new Map(
      [...database.values()].map(({ name, columns }) => [
        this.fold(name),
        { name, columns: new Set(columns.map((column) => this.fold(column.name))) },
      ]),
    );
  }

  /** PostgreSQL minds the case of what is quoted; the others do not, or refuse the query themselves. */
  fold(name: string): string {
    return this.dialect !== 'postgresql' ? name.toLowerCase() : name;
  }

  /**
   * Checks a SELECT and everything below it; returns the names of the columns it gives.
   * @param first columns of the first SELECT of a UNION, which the ORDER BY at its end may name
   */
  check(
    statement: Statement,
    outer?: Scope,
    named: Named = new Map(),
    first: ReadonlySet<string> = new Set(),
  ): ReadonlySet<string> {
    switch (statement.type) {
      case 'select':
        return this.#select(statement, outer, named, first);
      case 'with':
        return this.#with(statement, outer, named);
      case 'union':
      case 'union all': {
        const outputs = this.check(statement.left, outer, named, first);
        this.check(statement.right, outer, named, first.size > 0 ? first : outputs);
        return outputs;
      }
      default:
        this.problems.push(`it contains a statement of type "${statement.type}", but only SELECT is allowed`);
        return new Set();
    }
  }

  #with({ bind, in: body }: WithStatement, outer: Scope | undefined, named: Named): ReadonlySet<string> {
    const known = new Map(named);
    for (const { alias, statement } of bind) {
      known.set(this.fold(alias.name), this.check(statement, outer, known));
    }
    return this.check(body, outer, known);
  }

  #select(
    select: SelectFromStatement,
    outer: Scope | undefined,
    named: Named,
    first: ReadonlySet<string>,
  ): ReadonlySet<string> {
    const { columns, from, where, groupBy, having, orderBy, distinct, limit } = select;
    const scope = new Scope(outer);
    for (const entry of from ?? []) this.#from(entry, scope, named);
    const outputs = this.#outputs(columns ?? [], scope);
    // ORDER BY and GROUP BY may also use the names that the SELECT gives its columns.
    const withOutputs = new Scope(
      new Scope(outer, [{ name: '', columns: new Set([...outputs, ...first]) }]),
      scope.sources,
      scope.merged,
    );
    const shown = (columns ?? []).map(({ expr }) => expr).filter((expr) => !starOf(expr));
    const own = [...shown, where, having];
    const sorting = [...(groupBy ?? []), ...(orderBy ?? []).map(({ by }) => by)];
    this.#expressions(own, scope, named);
    this.#expressions([...sorting, ...(Array.isArray(distinct) ? distinct : [])], withOutputs, named);
    for (const rows of [limit?.limit, limit?.offset]) {
      if (rows && rows.type !== 'integer') this.problems.push('LIMIT and OFFSET must be plain numbers');
    }
    if (select.for) this.problems.push('it locks rows');
    return outputs;
  }

  #expressions(expressions: (Expr | null | undefined)[], scope: Scope, named: Named): void {
    const inside = (select: SelectStatement) => void this.check(select, scope, named);
    for (const expression of expressions) {
      if (expression) checkExpression(expression, { check: this, scope, inside });
    }
  }

  #outputs(columns: NonNullable<SelectFromStatement['columns']>, scope: Scope): ReadonlySet<string> {
    const names = columns.flatMap(({ alias, expr }) => {
      const star = starOf(expr);
      if (star) return this.#starred(star, scope);
      if (alias) return [alias.name];
      if (expr.type === 'ref') return [expr.name];
      return [expr.type === 'call' ? expr.function.name : ''];
    });
    return new Set(names.map((name) => this.fold(name)));
  }

  /** A star stands for the columns that the tables of this SELECT are known to have. */
  #starred({ table }: ExprRef, { sources }: Scope): string[] {
    const meant = sources.filter(({ name }) => !table || name === this.fold(table.name));
    if (meant.length > 0 && table?.schema === undefined) return meant.flatMap(({ columns }) => [...columns]);
    this.problems.push(
      table ? `table ${table.name} of ${table.name}.* is unknown` : 'it selects * from no table',
    );
    return [];
  }

  #from(entry: From, scope: Scope, named: Named): void {
    const source = this.#source(entry, scope, named);
    if (source && scope.sources.some(({ name }) => name === source.name)) {
      this.problems.push(`it reads ${source.name} twice: give each an alias`);
    }
    if (source) scope.sources.push(source);
    const { on, using } = entry.join ?? {};
    using?.forEach(({ name }) => scope.merged.add(this.fold(name)));
    this.#expressions([on], scope, named);
    for (const { name } of using ?? []) {
      const problem = scope.problemWith(undefined, this.fold(name));
      if (problem) this.problems.push(problem);
    }
  }

  #source(entry: From, scope: Scope, named: Named): Source | undefined {
    if (entry.type === 'call') return this.#rowsOf(entry, scope, named);
    if (entry.type === 'statement') {
      const columns = this.check(entry.statement, entry.lateral ? scope : scope.outer, named);
      return { name: this.fold(entry.alias), columns: renamed(columns, entry.columnNames, this) };
    }
    const { name, schema, alias, columnNames } = entry.name;
    const columns = schema === undefined ? this.#columnsOf(name, named) : undefined;
    if (columns) return { name: this.fold(alias ?? name), columns: renamed(columns, columnNames, this) };
    const text = schema === undefined ? name : `${schema}.${name}`;
    this.problems.push(
      `table ${text} is unknown${schema === undefined ? '' : ': name tables without a schema'}`,
    );
    return undefined;
  }

  /** Its arguments may name the tables before it, as those of LATERAL do. */
  #rowsOf(call: FromCall, scope: Scope, named: Named): Source | undefined {
    const { name, schema } = call.function;
    const given = schema === undefined ? rowFunctions[this.dialect][name] : undefined;
    if (!given) {
      this.problems.push(`it reads from the function ${name}, but only tables may be read`);
      return undefined;
    }
    for (const arg of call.args) this.#expressions([arg], scope, named);
    const { alias, withOrdinality } = call;
    const columns = withOrdinality ? [...given, 'ordinality'] : given;
    const renamedTo = alias?.columns?.map((column) => this.fold(column.name)) ?? [];
    const own = columns.map(
      (column, i) => renamedTo[i] ?? (given.length === 1 && i === 0 ? (alias?.name ?? column) : column),
    );
    return {
      name: this.fold(alias?.name ?? name),
      columns: new Set([...own, ...(given[0] === 'value' ? ['value'] : [])]),
    };
  }

  #columnsOf(name: string, named: Named): ReadonlySet<string> | undefined {
    const folded = this.fold(name);
    const temporary = named.get(folded);
    if (temporary) return temporary;
    // The databases' own tables stay out, also where a schema names one of them.
    const table = /^(?:pg|sqlite)_/i.test(folded) ? undefined : this.#columns.get(folded);
    if (table) this.tables.add(table.name);
    return table?.columns;
  }
}

/** The `*` or `t.*` that a column of a SELECT is. */
function starOf(expr: Expr): ExprRef | undefined {
  return expr.type === 'ref' && expr.name === '*' ? expr : undefined;
}

function renamed(
  columns: ReadonlySet<string>,
  names: { name: string }[] | null | undefined,
  check: SelectCheck,
): ReadonlySet<string> {
  return names && names.length > 0 ? new Set(names.map(({ name }) => check.fold(name))) : columns;
}
