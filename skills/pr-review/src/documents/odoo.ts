import type { DocumentRule, Finding } from './documents.js';

const wide: DocumentRule = {
  name: 'odoo-rule-for-all',
  cwe: 'CWE-732',
  type: 'configuration',
  severity: 'high',
  message: 'This record rule lets every user at all records of the model.',
  suggestion:
    "Restrict domain_force, such as [('company_id', 'in', company_ids)], or name a group of few users.",
};

/** `[(1, '=', 1)]` and `[]` are true for every record. */
const everything =
  /name\s{0,5}=\s{0,5}["']domain_force["'][^>]{0,200}>\s{0,20}\[\s{0,5}(?:\(\s{0,5}1\s{0,5},\s{0,5}(?:'='|"="|&quot;=&quot;)\s{0,5},\s{0,5}1\s{0,5}\)\s{0,5},?\s{0,5})?\]\s{0,20}<|name\s{0,5}=\s{0,5}["']domain_force["'][^>]{0,200}\beval\s{0,5}=\s{0,5}["']\[(?:\(1,\s{0,3}'=',\s{0,3}1\))?\]["']/g;

/** Groups that anyone who is logged in, or nobody in particular, is in. */
const everyone = /\b(?:base\.)?group_(?:user|public|portal)\b/;

/** Record rules of Odoo that restrict nothing, for everyone. */
export function odooFindings(text: string): Finding[] {
  return [...text.matchAll(everything)].flatMap(({ 0: { length }, index }) => {
    const record = recordAround(text, index);
    const isForFew = /name\s*=\s*["']groups["']/.test(record) && !everyone.test(record);
    return isForFew ? [] : [{ rule: wide, from: index, to: index + length }];
  });
}

/** As far as a record of a few fields goes. */
const near = 2_000;

function recordAround(text: string, at: number): string {
  const start = text.lastIndexOf('<record', at);
  const end = text.indexOf('</record', at);
  return text.slice(Math.max(0, start, at - near), end < 0 ? at + near : Math.min(end, at + near));
}
