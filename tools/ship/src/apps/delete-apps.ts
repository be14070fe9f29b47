import { type App, type AppPlatformClient, AppPlatformError } from '@odoobo/app-platform';

export interface DeletedApps {
  deleted: App[];
  /** Apps that could not be deleted, with the reason. */
  left: { name: string; error: Error }[];
}

/** Deletes apps, and continues if one cannot be deleted. Safe to repeat: an app that is already gone is not an error. */
export async function deleteApps(client: AppPlatformClient, apps: readonly App[]): Promise<DeletedApps> {
  const result: DeletedApps = { deleted: [], left: [] };
  for (const app of apps) {
    try {
      await client.deleteApp(app.id);
      result.deleted.push(app);
    } catch (error) {
      if (error instanceof AppPlatformError && error.status === 404) continue;
      result.left.push({ name: app.spec.name, error: error as Error });
    }
  }
  return result;
}

/** Prints the apps that could not be deleted. @returns the exit code */
export function reportLeft(left: DeletedApps['left']): number {
  for (const { name, error } of left)
    process.stderr.write(`nx-skills: ${name} was not deleted: ${error.message}\n`);
  return left.length === 0 ? 0 : 1;
}
