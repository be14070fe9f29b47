import { SkillError } from '@odoobo/skill-kit';
import type { Database } from '../catalogue/database.js';
import { checkSelect } from '../check/check.js';
import type { CheckedQuery, Question } from '../question.js';
import { explain } from './explain.js';
import { joinsOf } from './joins.js';
import { inMysql } from './mysql.js';
import { toSql } from './sql.js';
import { understand } from './understand.js';

/**
 * Answers by fixed templates: the same question always gives the same query.
 * @throws SkillError 422 when the question is not understood, 500 for a query that must never leave this skill
 */
export function answerByTemplates(asked: Question, database: Database): CheckedQuery {
  const { question, dialect, today, limit } = asked;
  const query = understand(question, database, today, limit);
  const joins = joinsOf(query, database);
  const written = toSql(query, joins, database, dialect);
  const sql = dialect === 'mysql' ? inMysql(written) : written;
  const { problems, tables } = checkSelect(sql, database, dialect, limit);
  if (problems.length === 0) return { sql, explanation: explain(query, joins), tables };
  throw new SkillError(
    500,
    'unsafe_sql',
    `The generated query did not pass its check: ${problems.join('; ')}.`,
  );
}
