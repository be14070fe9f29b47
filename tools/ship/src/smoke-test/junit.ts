import type { SkillReport, StageReport, TestReport } from './report.js';

/**
 * A report as JUnit XML, in the dialect that CI systems read: one suite per skill, one case per stage
 * (https://github.com/testmoapp/junitxml).
 */
export function toJUnit(report: TestReport): string {
  const stages = report.skills.flatMap((skill) => skill.stages);
  const suites = report.skills.flatMap(suiteOf);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name: 'smoke-test', ...totals(stages), timestamp: report.startedAt })}>`,
    ...suites,
    '</testsuites>',
    '',
  ].join('\n');
}

function suiteOf({ skill, startedAt, url, digest, stages }: SkillReport): string[] {
  const properties = Object.entries({ url, digest }).flatMap(([name, value]) =>
    value === undefined ? [] : [`      <property${attributes({ name, value })}/>`],
  );
  return [
    `  <testsuite${attributes({ name: skill, ...totals(stages), timestamp: startedAt })}>`,
    ...(properties.length > 0 ? ['    <properties>', ...properties, '    </properties>'] : []),
    ...stages.flatMap((stage) => caseOf(skill, stage)),
    '  </testsuite>',
  ];
}

function caseOf(skill: string, { name, status, durationMs, detail, problems }: StageReport): string[] {
  const open = `    <testcase${attributes({ classname: skill, name, time: seconds(durationMs) })}>`;
  return [open, `      ${outcomeOf(status, detail, problems)}`, '    </testcase>'];
}

function outcomeOf(status: StageReport['status'], detail: string, problems: readonly string[]): string {
  if (status === 'passed') return `<system-out>${escapeXml(detail)}</system-out>`;
  if (status === 'skipped') return `<skipped${attributes({ message: detail })}/>`;
  return `<failure${attributes({ message: problems[0] ?? detail })}>${escapeXml(problems.join('\n'))}</failure>`;
}

function totals(stages: readonly StageReport[]): Record<string, string> {
  const count = (status: StageReport['status']) =>
    String(stages.filter((stage) => stage.status === status).length);
  const duration = stages.reduce((sum, { durationMs }) => sum + durationMs, 0);
  return {
    tests: String(stages.length),
    failures: count('failed'),
    errors: '0',
    skipped: count('skipped'),
    time: seconds(duration),
  };
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3);
}

function attributes(values: Record<string, string>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escapeXml(value).replaceAll(/["\t\n]/g, toReference)}"`)
    .join('');
}

/**
 * Escapes a text so that any reader of XML 1.0 returns it unchanged. Characters that XML cannot hold in any form
 * (https://www.w3.org/TR/xml/#charsets), such as the colours of a terminal, become U+FFFD.
 */
export function escapeXml(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replaceAll(/[&<>\r]/g, toReference);
}

function toReference(character: string): string {
  return `&#${character.charCodeAt(0)};`;
}
