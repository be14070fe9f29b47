/** The size and price of an instance. */
export interface InstanceSize {
  readonly slug: string;
  readonly name: string;
  readonly cpuType: 'SHARED' | 'DEDICATED';
  readonly cpus: number;
  readonly memoryBytes: number;
  /** US dollars a month. */
  readonly usdPerMonth: number;
  readonly tier: 'basic' | 'professional';
  readonly bandwidthGib: number;
  /** More than one instance is refused. */
  readonly singleInstanceOnly: boolean;
  /** Autoscaling by CPU needs one of these. */
  readonly scalable: boolean;
}

const bytesInGib = 2 ** 30;

function shared(
  slug: string,
  name: string,
  cpus: number,
  gib: number,
  usdPerMonth: number,
  bandwidthGib: number,
  single = false,
): InstanceSize {
  return {
    slug,
    name: `Shared ${name}`,
    cpuType: 'SHARED',
    cpus,
    memoryBytes: gib * bytesInGib,
    usdPerMonth,
    tier: single ? 'basic' : 'professional',
    bandwidthGib,
    singleInstanceOnly: single,
    scalable: false,
  };
}

function dedicated(cpus: number, gib: number, usdPerMonth: number, bandwidthGib: number): InstanceSize {
  return {
    slug: `apps-d-${cpus}vcpu-${gib}gb`,
    name: `Dedicated ${cpus}VCPU ${gib}GB`,
    cpuType: 'DEDICATED',
    cpus,
    memoryBytes: gib * bytesInGib,
    usdPerMonth,
    tier: 'professional',
    bandwidthGib,
    singleInstanceOnly: false,
    scalable: true,
  };
}

/** Sizes, prices and allowances of the official document (example `instance_sizes`). */
export const instanceSizes: readonly InstanceSize[] = [
  shared('apps-s-1vcpu-0.5gb', '1VCPU 0.5GB', 1, 0.5, 5, 50, true),
  shared('apps-s-1vcpu-1gb-fixed', '1VCPU 1GB Fixed', 1, 1, 10, 100, true),
  shared('apps-s-1vcpu-1gb', '1VCPU 1GB', 1, 1, 12, 150),
  shared('apps-s-1vcpu-2gb', '1VCPU 2GB', 1, 2, 25, 200),
  shared('apps-s-2vcpu-4gb', '2VCPU 4GB', 2, 4, 50, 250),
  dedicated(1, 0.5, 29, 100),
  dedicated(1, 1, 34, 200),
  dedicated(1, 2, 39, 300),
  dedicated(1, 4, 49, 400),
  dedicated(2, 4, 78, 500),
  dedicated(2, 8, 98, 600),
  dedicated(4, 8, 156, 700),
  dedicated(4, 16, 196, 800),
  dedicated(8, 32, 392, 900),
];

/** Names that the platform still accepts but no longer offers. */
export const legacyInstanceSizeSlugs = [
  'basic-xxs',
  'basic-xs',
  'basic-s',
  'basic-m',
  'professional-xs',
  'professional-s',
  'professional-m',
  'professional-1l',
  'professional-l',
  'professional-xl',
] as const;

/** Prices of the best known of them, in US dollars a month. */
export const legacyUsdPerMonth: Partial<Record<string, number>> = {
  'basic-xxs': 5,
  'basic-xs': 10,
  'basic-s': 20,
  'basic-m': 40,
};

export const defaultInstanceSizeSlug = 'apps-s-1vcpu-0.5gb';

export const instanceSizeSlugs: readonly string[] = [
  ...instanceSizes.map((size) => size.slug),
  ...legacyInstanceSizeSlugs,
];
