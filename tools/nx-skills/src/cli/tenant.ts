import { UsageError } from '@odoobo/local-platform/command-line';
import { didYouMean } from '@odoobo/ship/terminal/did-you-mean';
import { addTenant, type AddTenantOptions } from './add-tenant.js';
import { environmentOf, type PlaceOptions } from './arguments.js';
import { removeTenant } from './remove-tenant.js';

export interface TenantOptions extends PlaceOptions, AddTenantOptions {}

/**
 * Adds a tenant to skills, or removes it with its apps: shows what that costs or deletes, and does it with `--yes`.
 * @returns 1 where an app could not be deleted
 * @throws where an option is wrong, a file of placements would be, or the platform cannot be reached
 */
export async function tenantCommand(
  { configuration, platformUrl, ...options }: TenantOptions,
  [action = '', tenant = '']: readonly string[],
): Promise<number> {
  const place = await environmentOf({ configuration: configuration ?? 'production', platformUrl });
  switch (action) {
    case 'add':
      return addTenant({ tenant, environment: place.environment }, options, place);
    case 'remove':
      return removeTenant({ tenant, environment: place.environment }, options, place);
    default:
      throw new UsageError(
        `Expected add or remove, got "${action}".${didYouMean(action, ['add', 'remove'])}`,
      );
  }
}
