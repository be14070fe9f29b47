import { join, resolve, sep } from 'node:path';
import * as z from 'zod';
import { ImageError } from './image-error.js';

/** The parts of the OCI image specification (https://github.com/opencontainers/image-spec) that are read here. */
const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'expected sha256: and 64 lower-case hex digits');
const descriptor = z.object({ mediaType: z.string(), digest });
export type Descriptor = z.infer<typeof descriptor>;

export const layoutSchema = z.object({ imageLayoutVersion: z.literal('1.0.0') });
export const indexSchema = z.object({ manifests: z.array(descriptor) });
export const manifestSchema = z.object({
  config: descriptor,
  layers: z.array(descriptor),
  annotations: z.record(z.string(), z.string()).nullish(),
});
export const configSchema = z.object({
  config: z
    .object({
      Entrypoint: z.array(z.string()).nullish(),
      Cmd: z.array(z.string()).nullish(),
      WorkingDir: z.string().nullish(),
      Env: z.array(z.string()).nullish(),
    })
    .nullish(),
});

/** Annotation of a manifest: https://github.com/opencontainers/image-spec/blob/main/annotations.md */
export const versionAnnotation = 'org.opencontainers.image.version';
/** Of images that have a root folder of their own: an artefact uses that of the machine. */
export const containerAnnotation = 'dev.odoobo.container';
export const manifestType = 'application/vnd.oci.image.manifest.v1+json';
export const tarType = 'application/vnd.oci.image.layer.v1.tar';
export const tarGzipType = 'application/vnd.oci.image.layer.v1.tar+gzip';

/** How an image wants to be run. */
export interface ImageConfig {
  entrypoint: string[];
  cmd: string[];
  /** As in the image: absolute from the image's root, `/` when it names none. */
  workingDir: string;
  env: Record<string, string>;
}

export function isDigest(text: string): boolean {
  return digest.safeParse(text).success;
}

/** @throws ImageError with the file and the path of each error. */
export function parseJson<Shape>(data: Buffer, file: string, schema: z.ZodType<Shape>): Shape {
  let value: unknown;
  try {
    value = JSON.parse(data.toString('utf8'));
  } catch (cause) {
    throw new ImageError(`${file} is not JSON. Build the image again.`, { cause });
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const errors = z.prettifyError(result.error);
  throw new ImageError(`${file} does not follow the OCI image layout. Build the image again.\n${errors}`);
}

export function toImageConfig({ config }: z.infer<typeof configSchema>): ImageConfig {
  return {
    entrypoint: config?.Entrypoint ?? [],
    cmd: config?.Cmd ?? [],
    workingDir: config?.WorkingDir || '/',
    env: Object.fromEntries((config?.Env ?? []).map(toPair)),
  };
}

function toPair(line: string): [string, string] {
  const equals = line.indexOf('=');
  return equals < 0 ? [line, ''] : [line.slice(0, equals), line.slice(equals + 1)];
}

/** The image's working directory, in the folder that it is unpacked to. */
export function workingDirectoryOf({ workingDir }: ImageConfig, folder: string): string {
  return join(folder, resolve(sep, workingDir));
}
