import { specFieldsTable } from '@odoobo/local-platform/spec-fields';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { reference } from './reference.js';

const docs = join(import.meta.dirname, '../../../../docs');

/** The committed page. */
export const referenceFile = join(docs, 'reference.md');

/** The page with one generated table: what the local platform does with each field of the App Spec. */
export const localPlatformFile = join(docs, 'local-platform.md');

const table = /(<!-- Made by: npm run schemas -->\n)[^]*?(<!-- end -->)/;

/** The expected content, as Prettier formats it. */
export function formatted(): Promise<string> {
  return asMarkdown(referenceFile, reference());
}

/** The local platform's page with its table up to date. */
export async function localPlatformPage(): Promise<string> {
  const page = await readFile(localPlatformFile, 'utf8');
  if (!table.test(page))
    throw new Error(`${localPlatformFile} has no markers around its table of spec fields.`);
  return asMarkdown(
    localPlatformFile,
    page.replace(table, (_, begin: string, end: string) => `${begin}\n${specFieldsTable()}\n\n${end}`),
  );
}

async function asMarkdown(file: string, text: string): Promise<string> {
  return format(text, { ...(await resolveConfig(file)), parser: 'markdown' });
}
