import { describe, expect, it } from 'vitest';
import { patch, review } from '../review.fixture.js';
import { type BreakingChange, breakingChanges } from '../rules/breaking-changes.js';

/** A change of one module, and where the break is reported: the new (R) or old (L) line. */
interface Case {
  file?: string;
  before: string;
  after: string;
  at?: string;
}

const py = 'shop/cart.py';

const cases: Record<BreakingChange, { breaks: Case[]; keeps: Case[] }> = {
  'export-removed': {
    breaks: [
      { before: 'export function a() {}\nexport const b = 1;\n', after: 'export const b = 1;\n', at: 'L1' },
      { before: 'export function a() {}\n', after: 'function a() {}\n', at: 'L1' },
      {
        before: 'const a = 1;\nexport {\n  a,\n  b,\n};\n',
        after: 'const a = 1;\nexport {\n  b,\n};\n',
        at: 'L3',
      },
      {
        before: 'export class A {\n  x() {}\n  y() {}\n}\n',
        after: 'export class A {\n  y() {}\n}\n',
        at: 'L2',
      },
      { before: 'export enum E {\n  A,\n  B,\n}\n', after: 'export enum E {\n  A,\n}\n', at: 'L3' },
      {
        before: 'export interface I {\n  a: string;\n  b: string;\n}\n',
        after: 'export interface I {\n  b: string;\n}\n',
        at: 'L2',
      },
      {
        before: 'export const defaults = {\n  retries: 3,\n  timeout: 10,\n};\n',
        after: 'export const defaults = {\n  timeout: 10,\n};\n',
        at: 'L2',
      },
      {
        before: "export * from './a.js';\nexport * from './b.js';\n",
        after: "export * from './b.js';\n",
        at: 'L1',
      },
      {
        file: 'lib/a.cjs',
        before: 'module.exports = {\n  a,\n  b,\n};\n',
        after: 'module.exports = {\n  a,\n};\n',
        at: 'L3',
      },
      { file: 'lib/a.js', before: 'exports.a = 1;\nexports.b = 2;\n', after: 'exports.b = 2;\n', at: 'L1' },
      { file: py, before: 'def a():\n    pass\n\nB = 1\n', after: 'B = 1\n', at: 'L1' },
      {
        file: py,
        before: 'class A:\n    def x(self):\n        pass\n',
        after: 'class A:\n    pass\n',
        at: 'L2',
      },
    ],
    keeps: [
      { before: 'function a() {}\nexport const b = 1;\n', after: 'export const b = 1;\n' },
      {
        before: 'export function a() {}\nexport const b = 1;\n',
        after: 'export const b = 1;\nexport function a() {}\n',
      },
      { before: 'export const a = 1;\n', after: 'const a = 1;\nexport { a };\n' },
      { before: 'export class A {\n  private x() {}\n  #y = 1;\n}\n', after: 'export class A {}\n' },
      { file: 'src/a.test.ts', before: 'export const a = 1;\n', after: 'const a = 1;\n' },
      { file: py, before: 'def _a():\n    pass\n', after: 'B = 1\n' },
      { file: py, before: '__all__ = ["b"]\ndef a():\n    pass\nb = 1\n', after: '__all__ = ["b"]\nb = 1\n' },
      { file: 'notes.md', before: 'export function a() {}\n', after: '\n' },
    ],
  },
  'module-removed': {
    breaks: [{ before: 'const x = 1;\nexport const a = 1;\nexport const b = 1;\n', after: '', at: 'L2' }],
    keeps: [{ before: 'const a = 1;\n', after: '' }],
  },
  'kind-changed': {
    breaks: [
      { before: 'export function a() {}\n', after: 'export const a = 1;\n', at: 'R1' },
      {
        file: py,
        before: 'class A:\n    def x(self):\n        pass\n',
        after: 'class A:\n    @property\n    def x(self):\n        pass\n',
        at: 'R2',
      },
    ],
    keeps: [
      { before: 'export function a() {}\n', after: 'export const a = () => {};\n' },
      { before: 'export interface A {\n  b: string;\n}\n', after: 'export type A = {\n  b: string;\n}\n' },
    ],
  },
  'parameter-removed': {
    breaks: [
      {
        before: 'export function a(b: string, c: number) {}\n',
        after: 'export function a(b: string) {}\n',
        at: 'R1',
      },
      {
        before: 'export function a(\n  b: string,\n  c: number,\n) {}\n',
        after: 'export function a(\n  b: string,\n) {}\n',
        at: 'L3',
      },
      { file: py, before: 'def a(b, c=1):\n    pass\n', after: 'def a(b):\n    pass\n', at: 'R1' },
    ],
    keeps: [
      { before: 'export function a(b: string) {}\n', after: 'export function a(...b: string[]) {}\n' },
      { file: py, before: 'def a(b, c=1):\n    pass\n', after: 'def a(b, **kwargs):\n    pass\n' },
      { before: 'function a(b, c) {}\n', after: 'function a(b) {}\n' },
    ],
  },
  'parameter-required': {
    breaks: [
      {
        before: 'export function a(b: string) {}\n',
        after: 'export function a(b: string, c: number) {}\n',
        at: 'R1',
      },
      {
        before: 'export const a = (b?: string) => b;\n',
        after: 'export const a = (b: string) => b;\n',
        at: 'R1',
      },
      {
        before: 'export class A {\n  constructor() {}\n}\n',
        after: 'export class A {\n  constructor(b) {}\n}\n',
        at: 'R2',
      },
      { before: 'export default function () {}\n', after: 'export default function (a) {}\n', at: 'R1' },
      { file: py, before: 'def a(b, c=1):\n    pass\n', after: 'def a(b, c):\n    pass\n', at: 'R1' },
      {
        file: py,
        before: 'class A:\n    def __init__(self):\n        pass\n',
        after: 'class A:\n    def __init__(self, db):\n        pass\n',
        at: 'R2',
      },
      { file: py, before: 'def a(b):\n    pass\n', after: 'def a(b, *, c):\n    pass\n', at: 'R1' },
    ],
    keeps: [
      {
        before: 'export function a(b: string) {}\n',
        after: 'export function a(b: string, c = 1, d?: number) {}\n',
      },
      {
        before: 'export function a(b: string) {}\n',
        after: 'export function a(this: Window, b: string) {}\n',
      },
      {
        before: 'export class A {\n  private a() {}\n}\n',
        after: 'export class A {\n  private a(b: string) {}\n}\n',
      },
      { file: py, before: 'def a(b):\n    pass\n', after: 'def a(b, *args, c=None, **kwargs):\n    pass\n' },
      { file: 'tests/test_a.py', before: 'def a(b):\n    pass\n', after: 'def a(b, c):\n    pass\n' },
    ],
  },
  'parameter-renamed': {
    breaks: [{ file: py, before: 'def a(b, c):\n    pass\n', after: 'def a(b, d):\n    pass\n', at: 'R1' }],
    keeps: [{ before: 'export function a(b) {}\n', after: 'export function a(c) {}\n' }],
  },
  'parameters-reordered': {
    breaks: [
      { before: 'export function a(b, c) {}\n', after: 'export function a(c, b) {}\n', at: 'R1' },
      { file: py, before: 'def a(b, c):\n    pass\n', after: 'def a(c, b):\n    pass\n', at: 'R1' },
    ],
    keeps: [{ file: py, before: 'def a(*, b, c):\n    pass\n', after: 'def a(*, c, b):\n    pass\n' }],
  },
  'parameter-keyword-only': {
    breaks: [
      { file: py, before: 'def a(b, c=1):\n    pass\n', after: 'def a(b, *, c=1):\n    pass\n', at: 'R1' },
    ],
    keeps: [{ file: py, before: 'def a(b, *, c=1):\n    pass\n', after: 'def a(b, c=1):\n    pass\n' }],
  },
  'type-changed': {
    breaks: [
      {
        before: 'export function a(b: string): void {}\n',
        after: 'export function a(b: number): void {}\n',
        at: 'R1',
      },
      {
        before: 'export function a(): string;\n',
        after: 'export function a(): string | undefined;\n',
        at: 'R1',
      },
      { before: "export type T = 'a' | 'b';\n", after: "export type T = 'a';\n", at: 'R1' },
      {
        before: 'export interface I {\n  a: string;\n}\n',
        after: 'export interface I {\n  a: Date;\n}\n',
        at: 'R2',
      },
      { before: 'export const a: string = x;\n', after: 'export const a: number = x;\n', at: 'R1' },
      {
        before:
          'export function a(b: string): void;\nexport function a(b: number): void;\nexport function a(b: unknown) {}\n',
        after:
          'export function a(b: string): void;\nexport function a(b: Date): void;\nexport function a(b: unknown) {}\n',
        at: 'R2',
      },
      {
        file: py,
        before: 'def a(b: int) -> str:\n    pass\n',
        after: 'def a(b: int) -> bytes:\n    pass\n',
        at: 'R1',
      },
    ],
    keeps: [
      {
        before: 'export function a(b: Map<string, number>) {}\n',
        after: 'export function a(\n  b: Map<\n    string,\n    number\n  >,\n) {}\n',
      },
      { before: 'export function a(b: string) {}\n', after: 'export function a(b: string): void {}\n' },
      { before: 'export const a = 1;\n', after: 'export const a = 2;\n' },
      {
        before:
          'export function a(b: string): void;\nexport function a(b: number): void;\nexport function a(b: unknown) {}\n',
        after:
          'export function a(b: string): void;\nexport function a(b: number): void;\nexport function a(b: any) {}\n',
      },
    ],
  },
  'became-async': {
    breaks: [
      { before: 'export function a() {}\n', after: 'export async function a() {}\n', at: 'R1' },
      { file: py, before: 'def a():\n    pass\n', after: 'async def a():\n    pass\n', at: 'R1' },
    ],
    keeps: [{ before: 'export const a = async () => {};\n', after: 'export async function a() {}\n' }],
  },
  'member-required': {
    breaks: [
      {
        before: 'export interface I {\n  a: string;\n}\n',
        after: 'export interface I {\n  a: string;\n  b: string;\n}\n',
        at: 'R3',
      },
      {
        before: 'export type I = {\n  a?: string;\n}\n',
        after: 'export type I = {\n  a: string;\n}\n',
        at: 'R2',
      },
    ],
    keeps: [
      {
        before: 'export interface I {\n  a: string;\n}\n',
        after: 'export interface I {\n  a: string;\n  b?: string;\n}\n',
      },
      {
        before: 'export const x = 1;\n',
        after: 'export const x = 1;\nexport interface I {\n  a: string;\n}\n',
      },
      { before: 'export class A {\n  a = 1;\n}\n', after: 'export class A {\n  a = 1;\n  b = 2;\n}\n' },
    ],
  },
};

async function breaking({ file = 'src/cart.ts', before, after }: Case): Promise<string[]> {
  const diff = patch(file, before, after);
  const { issues } = await review(after === '' ? diff.replace(`+++ b/${file}`, '+++ /dev/null') : diff);
  return issues
    .filter(({ type }) => type === 'breaking_change')
    .map(({ side, line, message }) => {
      const rules = Object.entries(breakingChanges).filter(([, rule]) => message.endsWith(rule.message));
      return `${rules.map(([name]) => name).join()} ${side.charAt(0)}${line}`;
    });
}

describe('breaking changes', () => {
  it.each(Object.entries(cases))(
    '%s is found where it is, and nowhere else',
    async (name, { breaks, keeps }) => {
      for (const one of breaks) expect([one, await breaking(one)]).toEqual([one, [`${name} ${one.at}`]]);
      for (const one of keeps) expect([one, await breaking(one)]).toEqual([one, []]);
    },
  );

  it('name what breaks, and the class that it is in', async () => {
    const before = 'export class Cart {\n  total(currency: string) {}\n}\n';
    const { issues, approval_recommendation } = await review(
      patch('src/cart.ts', before, before.replace('currency: string', 'currency: string, at: Date')),
    );
    expect(issues).toEqual([
      {
        type: 'breaking_change',
        severity: 'high',
        file: 'src/cart.ts',
        line: 2,
        side: 'RIGHT',
        message: '`Cart.total`, parameter `at`, needs an argument that existing calls do not pass.',
        suggestion: 'Give the new parameter a default value, and put it last.',
        rule: 'parameter-required',
      },
    ]);
    expect(approval_recommendation).toBe('request_changes');
  });

  it('are read from a hunk that starts and ends in the middle of things', async () => {
    const diff = `--- a/src/cart.ts
+++ b/src/cart.ts
@@ -40,11 +40,11 @@ class Hidden {
  * of a comment that began above, with export function b(c) {}
  */
   return total;
 }
 
-export function discount(cart: Cart) {
+export function discount(cart: Cart, code: string) {
   if (cart.empty) {
     return 0;
   }
   return cart.items.reduce((sum, item) => {
     return sum + item.price;
`;
    const { issues, files } = await review(diff);
    expect(issues.map(({ type, line }) => [type, line])).toEqual([['breaking_change', 45]]);
    expect(files).toMatchObject([{ read_as: 'fragments', functions: [{ name: 'discount', line: 45 }] }]);
  });
});

describe('an option that is removed', () => {
  const members = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => `  ${name}?: string;\n`).join('');
  const before = `export interface Options {\n${members}}\n`;
  const after = before.replace('  f?: string;\n', '');

  it('is found with all of its interface', async () => {
    expect((await review(patch('src/o.ts', before, after, 9))).issues).toMatchObject([
      { rule: 'export-removed', line: 7, side: 'LEFT' },
    ]);
  });

  it('is worth a note where the diff does not show what it belongs to', async () => {
    const { issues, notes, approval_recommendation } = await review(patch('src/o.ts', before, after, 1));
    expect([issues, approval_recommendation]).toEqual([[], 'comment']);
    expect(notes?.join()).toContain('src/o.ts loses f, and the diff does not show what of');
  });

  it.each([
    [
      'a line that moves',
      before.replace('  e?: string;\n  f?: string;\n', '  f?: string;\n  e?: string;\n'),
      'src/o.ts',
    ],
    ['another type', before.replace('f?: string', 'f?: number'), 'src/o.ts'],
    ['a test', after, 'src/o.test.ts'],
  ])('is not noted of %s', async (_what, changed, file) => {
    expect((await review(patch(file, before, changed, 1))).notes).toBeUndefined();
  });
});
