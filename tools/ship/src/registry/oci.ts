import * as z from 'zod';

/** Media types of the OCI image specification 1.1, and docker's older ones for the same bytes. */
export const mediaTypes = {
  index: 'application/vnd.oci.image.index.v1+json',
  dockerIndex: 'application/vnd.docker.distribution.manifest.list.v2+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  config: 'application/vnd.oci.image.config.v1+json',
} as const;

const digestSchema = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'expected sha256: and 64 hexadecimal digits');

const descriptorSchema = z.object({ mediaType: z.string(), digest: digestSchema, size: z.int().min(0) });

export type Descriptor = z.infer<typeof descriptorSchema>;

export const indexSchema = z.object({
  manifests: z.array(
    descriptorSchema.extend({
      platform: z.object({ os: z.string(), architecture: z.string() }).optional(),
    }),
  ),
});

export const manifestSchema = z.object({
  config: descriptorSchema,
  layers: z.array(descriptorSchema),
  annotations: z.record(z.string(), z.string()).optional(),
});

export type Manifest = z.infer<typeof manifestSchema>;

/** Loose: all other fields of a base image's config are passed on. */
export const configSchema = z.looseObject({
  os: z.string(),
  architecture: z.string(),
  config: z.looseObject({}).nullish(),
  rootfs: z.object({ type: z.literal('layers'), diff_ids: z.array(digestSchema) }),
  history: z.array(z.looseObject({})).optional(),
});

export type ImageConfig = z.infer<typeof configSchema>;

/** A document as it is stored. */
export function documentBytes(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}

/**
 * Reads a document of an image.
 * @param what its name in messages: `the manifest of docker.io/library/node`
 * @throws when it does not match the specification
 */
export function parseDocument<T>(bytes: Buffer, schema: z.ZodType<T>, what: string): T {
  try {
    return schema.parse(JSON.parse(bytes.toString('utf8')));
  } catch (cause) {
    const message = cause instanceof z.ZodError ? z.prettifyError(cause) : 'it is not JSON';
    throw new Error(`${what} does not follow the OCI image specification: ${message}`, { cause });
  }
}
