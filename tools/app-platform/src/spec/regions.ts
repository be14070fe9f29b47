/** A region in which apps run. */
export interface Region {
  readonly slug: string;
  readonly label: string;
  readonly flag: string;
  readonly continent: string;
  readonly dataCenters: readonly string[];
  readonly default?: boolean;
}

/**
 * The slugs of `app_spec.region` in the official document. The slugs of data centres, such as `nyc1`, which registries and managed databases
 * have, are none of them: App Platform answers 422, as users of its command line and of Terraform note.
 */
export const regionSlugs = ['atl', 'nyc', 'sfo', 'tor', 'ams', 'fra', 'lon', 'blr', 'sgp', 'syd'] as const;

const america = 'North America';

/** Labels and data centres: the official document (example `regions`), and for atl and syd the public list of data centres. */
export const regions: readonly Region[] = [
  { slug: 'ams', label: 'Amsterdam', flag: 'netherlands', continent: 'Europe', dataCenters: ['ams3'] },
  {
    slug: 'nyc',
    label: 'New York',
    flag: 'usa',
    continent: america,
    dataCenters: ['nyc1', 'nyc3'],
    default: true,
  },
  { slug: 'fra', label: 'Frankfurt', flag: 'germany', continent: 'Europe', dataCenters: ['fra1'] },
  { slug: 'sfo', label: 'San Francisco', flag: 'usa', continent: america, dataCenters: ['sfo3'] },
  { slug: 'sgp', label: 'Singapore', flag: 'singapore', continent: 'Asia', dataCenters: ['sgp1'] },
  { slug: 'blr', label: 'Bangalore', flag: 'india', continent: 'Asia', dataCenters: ['blr1'] },
  { slug: 'tor', label: 'Toronto', flag: 'canada', continent: america, dataCenters: ['tor1'] },
  { slug: 'lon', label: 'London', flag: 'uk', continent: 'Europe', dataCenters: ['lon1'] },
  { slug: 'atl', label: 'Atlanta', flag: 'usa', continent: america, dataCenters: ['atl1'] },
  { slug: 'syd', label: 'Sydney', flag: 'australia', continent: 'Australia', dataCenters: ['syd1'] },
];
