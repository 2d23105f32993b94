/**
 * Effect: the five Secrets of the namespace, each from its own source.
 * Idempotent: a value that exists stays, but for the one that the platform provides; the infrastructure service answers the same principal again.
 * After a crash: the missing ones are created. A value that was made but not stored is lost and nobody has seen it.
 */
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';
import { ensureSecrets } from './secrets.ts';

export const deploySecrets = (dependencies: ActivityDependencies) => {
  const { connectors, settings } = dependencies;
  return phaseActivity(dependencies, 'DEPLOY_SECRETS', async ({ operation: { tenant } }) => ({ secrets: await ensureSecrets(connectors, settings, tenant) }));
};
