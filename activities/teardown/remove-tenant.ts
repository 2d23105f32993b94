/**
 * Effect: the tenant's record and state are gone, its slug is free; its operations stay. Idempotent: a record that is gone stays gone.
 * Converges: the record goes last, so until then every repetition knows what it is about.
 */
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';

export const removeTenant = (dependencies: ActivityDependencies) => phaseActivity(dependencies, 'REMOVE_TENANT', async ({ operation }) => {
  await dependencies.projection.removeTenant(operation);
  return {};
});
