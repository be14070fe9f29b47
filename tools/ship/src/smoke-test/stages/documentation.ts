import { openApiProblems } from './openapi.js';
import { ask, type Finding, parseJson, type Stage, statusProblems, type Subject } from './stage.js';

/** /docs returns a page for people, and /openapi.json a valid OpenAPI 3 document. */
export const documentation: Stage = { name: 'documentation', test: testDocumentation };

async function testDocumentation(subject: Subject): Promise<Finding> {
  const docs = await ask(subject, { path: '/docs' });
  const openapi = await ask(subject, { path: '/openapi.json' });
  const empty = docs.status === 200 && docs.body.trim() === '' ? [`${docs.asked}: the page is empty`] : [];
  const document = openapi.status === 200 ? await openApiProblems(parseJson(openapi.body)) : [];
  return {
    detail: `${docs.status} and ${openapi.status}`,
    problems: [
      ...statusProblems(docs, 200),
      ...empty,
      ...statusProblems(openapi, 200),
      ...document.map((problem) => `${openapi.asked}: ${problem}`),
    ],
  };
}
