import type { Reply } from '@odoobo/app-platform';
import * as z from 'zod';
import { ask, type Finding, parseJson, type Stage, statusProblems, type Subject } from './stage.js';

/** The common shape of all errors of a skill. */
const errorSchema = z.object({
  error: z.object({ code: z.string().min(1), message: z.string().min(1), request_id: z.string().min(1) }),
});

/** An unknown path returns 404, and a wrong method 405 with the allowed one, both in the common shape of errors. */
export const errorHandling: Stage = { name: 'error handling', test: testErrors };

async function testErrors(subject: Subject): Promise<Finding> {
  // Beside the paths of the service, a static site answers.
  const ownFolder = subject.manifest.static === undefined ? '' : '/invoke';
  // GET, so that a service that treats it as a call does nothing.
  const unknownPath = await ask(subject, { path: `${ownFolder}/no-such-path` });
  const wrongMethod = await ask(subject, { path: '/invoke' });
  return {
    detail: `${unknownPath.status} and ${wrongMethod.status}`,
    problems: [
      ...(answersAs(unknownPath, 404) ?? shapeProblems(unknownPath)),
      ...(answersAs(wrongMethod, 405) ?? [...allowProblems(wrongMethod), ...shapeProblems(wrongMethod)]),
    ],
  };
}

type Answer = Reply & { asked: string };

/** What is wrong with the status; undefined if the rest of the reply can be checked. */
function answersAs(answer: Answer, status: number): string[] | undefined {
  const problems = statusProblems(answer, status);
  return problems.length > 0 ? problems : undefined;
}

function allowProblems({ asked, headers }: Answer): string[] {
  const allow = headers.get('allow') ?? '';
  const named = allow.split(',').map((method) => method.trim().toUpperCase());
  if (named.includes('POST')) return [];
  return [
    `${asked}: expected a header Allow that names POST, got ${allow === '' ? 'none' : JSON.stringify(allow)}`,
  ];
}

function shapeProblems({ asked, status, headers, body }: Answer): string[] {
  const isJson = /^application\/json\b/i.test(headers.get('content-type') ?? '');
  if (isJson && errorSchema.safeParse(parseJson(body)).success) return [];
  const expected = 'expected JSON like {"error": {"code", "message", "request_id"}}';
  return [`${asked}: the body of its ${status}: ${expected}`];
}
