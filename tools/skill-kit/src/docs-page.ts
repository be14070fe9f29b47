import * as z from 'zod';
import { invokeErrors } from './openapi.js';
import type { Skill, SkillManifest } from './skill.js';

/** The page of `GET /docs` for people: one file, no script, nothing loaded from elsewhere. */
export function docsPage(manifest: SkillManifest, skill: Skill, baseUrl: string): string {
  const { id, version, description, tools = [] } = manifest;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(id)} ${escape(version)}</title>
<style>${style}</style>
</head>
<body>
<header>
<h1>${escape(id)} <small>${escape(version)}</small></h1>
<p>${escape(description)}</p>
${tools.length > 0 ? `<p class="tools">${tools.map((tool) => `<span>${escape(tool)}</span>`).join(' ')}</p>` : ''}
<p><a href="openapi.json">openapi.json</a> &middot; <a href="health">health</a></p>
</header>
<main>
<h2>Call it</h2>
${code(curlOf(baseUrl, skill))}
${skill.examples.map(exampleSection).join('\n')}
<h2>Input</h2>
${schemaTable(skill.input, 'input')}
<h2>Output</h2>
${schemaTable(skill.output, 'output')}
<h2>Errors</h2>
<p>Every error has one shape: <code>{"error": {"code", "message", "request_id", "details"?}}</code>.</p>
<table><tbody>${Object.entries(invokeErrors).map(row).join('')}</tbody></table>
</main>
</body>
</html>
`;
}

function curlOf(baseUrl: string, skill: Skill): string {
  const body = JSON.stringify({ input: skill.examples[0]?.input ?? {} }).replaceAll("'", `'\\''`);
  return `curl -s ${baseUrl}/invoke -H 'content-type: application/json' \\\n  -d '${body}'`;
}

function exampleSection({ title, input, output }: Skill['examples'][number]): string {
  return `<section><h3>${escape(title)}</h3>
<div class="pair"><div><h4>Input</h4>${json(input)}</div><div><h4>Output</h4>${json(output)}</div></div></section>`;
}

interface PropertySchema {
  type?: string;
  enum?: unknown[];
  description?: string;
}

/** The top level of a schema as a table; the rest of it is in openapi.json. */
function schemaTable(schema: z.ZodType, io: 'input' | 'output'): string {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io });
  const rows = Object.entries(properties).map(([name, property]) => {
    const { type, enum: values, description = '' } = property as PropertySchema;
    const kind = values ? values.map(String).join(' | ') : (type ?? 'one of several');
    const label = required.includes(name) ? name : `${name}?`;
    return `<tr><th><code>${escape(label)}</code></th><td>${escape(kind)}</td><td>${escape(description)}</td></tr>`;
  });
  return `<table><tbody>${rows.join('')}</tbody></table>`;
}

function row([head, text]: [string, string]): string {
  return `<tr><th><code>${escape(head)}</code></th><td>${escape(text)}</td></tr>`;
}

function json(value: unknown): string {
  return code(JSON.stringify(value, null, 2));
}

function code(text: string): string {
  return `<pre><code>${escape(text)}</code></pre>`;
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

const style = `
:root { color-scheme: light dark; --ink: #1b2733; --soft: #5b6b7b; --line: #dce3ea; --paper: #fff; --block: #f5f7fa; --link: #0b62d6 }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e9ef; --soft: #9aa8b6; --line: #2c3743; --paper: #12181f; --block: #1a222b; --link: #6fb1ff }
}
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 60rem; padding: 2rem 1.25rem 4rem; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, sans-serif }
h1 { margin: 0; font-size: 1.9rem } h1 small { color: var(--soft); font-weight: 400; font-size: 1rem }
h2 { margin: 2.2rem 0 .6rem; padding-bottom: .3rem; border-bottom: 1px solid var(--line); font-size: 1.25rem }
h3 { margin: 1.4rem 0 .4rem; font-size: 1rem } h4 { margin: 0 0 .25rem; color: var(--soft); font-size: .8rem; font-weight: 500 }
a { color: var(--link) }
pre { margin: 0; padding: .8rem 1rem; overflow: auto; max-height: 26rem; background: var(--block); border: 1px solid var(--line); border-radius: 8px }
code { font: .85rem/1.5 ui-monospace, Menlo, Consolas, monospace }
.pair { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(18rem, 1fr)) } .pair > div { min-width: 0 }
.tools span { display: inline-block; padding: .05rem .6rem; border: 1px solid var(--line); border-radius: 1rem; color: var(--soft); font-size: .85rem }
table { width: 100%; border-collapse: collapse } th, td { padding: .4rem .6rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top }
th { font-weight: 500; white-space: nowrap }
`;
