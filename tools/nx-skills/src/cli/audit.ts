import { UsageError } from '@odoobo/local-platform/command-line';
import { mainCheckout } from '@odoobo/machine/main-checkout';
import { digestPattern, readAudit } from '@odoobo/ship/audit/read-audit';
import { auditText, provenanceText, verificationText } from '@odoobo/ship/audit/show-audit';
import { verifyJournal } from '@odoobo/ship/audit/verify-journal';
import { verifyProvenance } from '@odoobo/ship/audit/verify-provenance';
import { findJournals } from '@odoobo/ship/ci/read-journals';
import { connectToRunning } from '@odoobo/ship/platform/connect';
import { workspaceFolders } from '@odoobo/ship/records/workspace-folders';
import { readSigningKey, readVerifyingKey } from '@odoobo/ship/registry/signing-key';
import { printable } from '@odoobo/ship/terminal/printable';
import { resolve } from 'node:path';
import { environmentOf, type PlaceOptions } from './arguments.js';
import { unlessRunning } from './unless-running.js';

export interface AuditOptions extends PlaceOptions {
  from?: string;
  key?: string;
  json?: boolean;
}

/**
 * Verifies the journal, or the provenance of an image, or says who shipped an artefact.
 * @returns 1 where the journal is not as it was written, or the provenance is not proven
 * @throws where an option is wrong; where journal, git or platform cannot be read; where nobody has shipped the artefact
 */
export async function auditCommand(
  options: AuditOptions,
  [what = '', image]: readonly string[],
): Promise<number> {
  if (what === 'verify') return image === undefined ? verify(options) : verifyImage(image, options);
  if (digestPattern.test(what)) return trace(what, options);
  throw new UsageError(
    `Expected "verify", or the digest of an artefact such as sha256:1f3a9c0b2d4e; got "${printable(what)}".`,
  );
}

async function verify({ from, json, ...place }: AuditOptions): Promise<number> {
  if (place.configuration !== undefined || place.platformUrl !== undefined)
    throw new UsageError(
      '"audit verify" is about the journal, which has all environments: use it without -c.',
    );
  const root = mainCheckout(process.cwd());
  const now = Date.now();
  const journals = from === undefined ? [workspaceFolders(root).journal] : await requireJournals(from);
  const verified = await Promise.all(
    journals.map((journal) => verifyJournal({ root, journal, elsewhere: from !== undefined, now })),
  );
  process.stdout.write(json ? `${JSON.stringify(verified, null, 2)}\n` : verificationText(verified));
  return verified.every(({ findings }) => findings.length === 0) ? 0 : 1;
}

async function verifyImage(image: string, { key, json }: AuditOptions): Promise<number> {
  const known = key === undefined ? await readSigningKey(process.env) : await readVerifyingKey(key);
  if (!known) throw new UsageError('Name the public key of who has signed it: --key=provenance.pub.pem');
  const verified = await verifyProvenance(printable(image), known, process.env);
  process.stdout.write(json ? `${JSON.stringify(verified, null, 2)}\n` : provenanceText(verified));
  return verified.problem === undefined ? 0 : 1;
}

async function requireJournals(folder: string): Promise<string[]> {
  const journals = await findJournals(folder);
  if (journals.length > 0) return journals.map((path) => resolve(path));
  throw new Error(`--from: there is no journal in ${folder}.`);
}

async function trace(digest: string, { from, json, ...options }: AuditOptions): Promise<number> {
  const place = await environmentOf(options);
  const cwd = process.cwd();
  const folders = workspaceFolders(cwd);
  const platform = await connectToRunning(place, folders, process.env).catch(unlessRunning);
  try {
    const journals = [folders.journal, ...(from === undefined ? [] : await requireJournals(from))];
    const { environment } = place;
    const audit = await readAudit({ cwd, environment, digest, journals, client: platform?.client });
    process.stdout.write(json ? `${JSON.stringify(audit, null, 2)}\n` : auditText(audit));
    return 0;
  } finally {
    await platform?.close();
  }
}
