import { basename } from 'node:path';
import * as z from 'zod';
import type { BundledFile } from './bundle.js';
import { packageFolderOf, readPackageJson } from './package-folder.js';

/** What is known of an artefact. */
export interface ListedArtefact {
  name: string;
  version: string;
  /** `sha256:...` */
  digest: string;
  /** All files of the artefact. */
  files: readonly BundledFile[];
  /** How many bytes of each file are in its bundle: by absolute paths. */
  bundledBytes: ReadonlyMap<string, number>;
}

const packageSchema = z.object({
  name: z.string(),
  version: z.string(),
  license: z.string().optional().catch(undefined),
});

type Package = z.infer<typeof packageSchema>;

/** https://spdx.github.io/spdx-spec/v2.3/SPDX-license-expressions */
const spdxExpression = /^\(*[A-Za-z0-9.+-]+\)*(?: (?:AND|OR|WITH) \(*[A-Za-z0-9.+-]+\)*)*$/;

/**
 * The packages that are in an artefact, as a bill of materials of CycloneDX 1.6: https://cyclonedx.org/docs/1.6/json. Those
 * in the bundle are what the bundler says is in it. It has no time and no number of its own: the same artefact has the same one.
 */
export function billOfMaterials({ name, version, digest, files, bundledBytes }: ListedArtefact): string {
  const found = [...bundledPackages(bundledBytes), ...shippedPackages(files)];
  const byAddress = new Map(found.map((one) => [addressOf(one), one]));
  const addresses = [...byAddress.keys()].sort();
  const bill = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      component: {
        type: 'application',
        'bom-ref': name,
        name,
        version,
        hashes: [{ alg: 'SHA-256', content: digest.replace('sha256:', '') }],
      },
    },
    components: addresses.flatMap((address) => {
      const one = byAddress.get(address);
      return one ? [componentOf(address, one)] : [];
    }),
    dependencies: [{ ref: name, dependsOn: addresses }],
  };
  return `${JSON.stringify(bill, null, 2)}\n`;
}

function bundledPackages(bundledBytes: ReadonlyMap<string, number>): Package[] {
  const inBundle = [...bundledBytes].filter(([, bytes]) => bytes > 0);
  const folders = new Set(inBundle.flatMap(([file]) => packageFolderOf(file) ?? []));
  return [...folders].flatMap((folder) => packageSchema.safeParse(readPackageJson(folder)).data ?? []);
}

function shippedPackages(files: readonly BundledFile[]): Package[] {
  const descriptions = files.filter(
    // A package may have others, which only say what kind of modules are in a folder.
    ({ path }) =>
      basename(path) === 'package.json' &&
      packageFolderOf(`/${path}`) === `/${path}`.replace(/\/package\.json$/, ''),
  );
  return descriptions.flatMap(({ contents }) => {
    try {
      return packageSchema.safeParse(JSON.parse(Buffer.from(contents).toString('utf8'))).data ?? [];
    } catch {
      return [];
    }
  });
}

/** https://github.com/package-url/purl-spec/blob/main/types/npm-definition.json */
function addressOf({ name, version }: Package): string {
  return `pkg:npm/${name.replace('@', '%40')}@${encodeURIComponent(version)}`;
}

function componentOf(address: string, { name, version, license }: Package): object {
  const [scope, rest] = name.startsWith('@') ? name.split('/') : [undefined, name];
  return {
    type: 'library',
    'bom-ref': address,
    ...(scope !== undefined && { group: scope }),
    name: rest,
    version,
    ...(license !== undefined && { licenses: [licenseOf(license)] }),
    purl: address,
  };
}

function licenseOf(license: string): object {
  return spdxExpression.test(license) ? { expression: license } : { license: { name: license } };
}
