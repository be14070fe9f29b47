import { DOMParser } from '@xmldom/xmldom';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { escapeXml, toJUnit } from './junit.js';
import type { StageReport, TestReport } from './report.js';

const at = '2026-01-31T09:30:00.000Z';

function stage(fields: Partial<StageReport>): StageReport {
  return { name: 'health', status: 'passed', durationMs: 12, detail: '200', problems: [], ...fields };
}

function report(...stages: StageReport[]): TestReport {
  const skill = { skill: 'shop', success: false, startedAt: at, url: 'http://127.0.0.1:1', stages };
  return { startedAt: at, finishedAt: at, platform: 'p', success: false, skills: [skill] };
}

/** Reads XML as another program does; malformed XML is an error. */
function read(xml: string) {
  const onError = (level: string, message: string) => {
    // The parser warns about a replacement character.
    if (level !== 'warning') throw new Error(`${level}: ${message}`);
  };
  return new DOMParser({ onError }).parseFromString(xml, 'text/xml');
}

it('has one suite per skill and one case per stage, with failures and skipped stages', () => {
  const xml = toJUnit(
    report(
      stage({}),
      stage({ name: 'metadata', status: 'failed', problems: ['first', 'second'] }),
      stage({ name: 'documentation', status: 'skipped', detail: 'not asked' }),
    ),
  );
  expect(xml).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="smoke-test" tests="3" failures="1" errors="0" skipped="1" time="0.036" timestamp="${at}">
  <testsuite name="shop" tests="3" failures="1" errors="0" skipped="1" time="0.036" timestamp="${at}">
    <properties>
      <property name="url" value="http://127.0.0.1:1"/>
    </properties>
    <testcase classname="shop" name="health" time="0.012">
      <system-out>200</system-out>
    </testcase>
    <testcase classname="shop" name="metadata" time="0.012">
      <failure message="first">first
second</failure>
    </testcase>
    <testcase classname="shop" name="documentation" time="0.012">
      <skipped message="not asked"/>
    </testcase>
  </testsuite>
</testsuites>
`);
});

it('replaces what XML cannot hold', () => {
  expect(escapeXml('\u001b[31m\u0000\ud800 \uffff\u{1f600}')).toBe('\ufffd[31m\ufffd\ufffd \ufffd\u{1f600}');
});

it('preserves every text that XML can hold', () => {
  const text = fc.string({ unit: 'binary', maxLength: 20 });
  fc.assert(
    fc.property(text, text, (name, problem) => {
      const xml = toJUnit(report(stage({ name, status: 'failed', problems: [problem] })));
      const held = (one: string) =>
        one.replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/gu, '\ufffd');
      const document = read(xml);
      expect(document.getElementsByTagName('testcase')[0]?.getAttribute('name')).toBe(held(name));
      const failure = document.getElementsByTagName('failure')[0];
      expect(failure?.getAttribute('message')).toBe(held(problem));
      expect(failure?.textContent).toBe(held(problem));
    }),
  );
});
