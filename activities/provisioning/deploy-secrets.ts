/**
 * Effect: the five Secrets of the namespace, each from its own source.
 * Idempotent: an existing value stays, except a value that the platform provides. The infrastructure service returns the same principal
 * again.
 * After a crash: missing Secrets are created. A value that was made but not stored is lost; no pod has used it.
 */
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';
import { ensureSecrets } from './secrets.ts';

export const deploySecrets = (dependencies: ActivityDependencies) => {
  const { connectors, settings } = dependencies;
  return phaseActivity(dependencies, 'DEPLOY_SECRETS', async ({ operation: { tenant } }) => ({ secrets: await ensureSecrets(connectors, settings, tenant) }));
};
