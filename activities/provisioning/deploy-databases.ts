/**
 * Effect: the tenant's database role, with the password that its Secret holds, and its nine schemas.
 * Idempotent: a role or schema of this tenant is kept, another owner's is a conflict.
 * After a crash: the Secret is written before the role and never changed, and the role is given its password each time: they agree.
 */
import type { Kubernetes } from '../../connectors/kubernetes/interface.ts';
import { TenantError } from '../../tenant/errors.ts';
import { SECRETS } from '../../tenant/names.ts';
import { TIER_PLANS } from '../../tenant/tiers.ts';
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';
import { tenantDatabaseOf } from '../tenant-database.ts';

export const deployDatabases = (dependencies: ActivityDependencies) => {
  const { kubernetes, dataPlaneDatabase } = dependencies.connectors;
  return phaseActivity(dependencies, 'DEPLOY_DATABASES', async ({ operation: { tenant } }) => {
    const database = tenantDatabaseOf(tenant);
    await dataPlaneDatabase.ensureRole(database, await passwordOf(kubernetes, tenant.namespace), TIER_PLANS[tenant.tier].databaseConnections);
    await dataPlaneDatabase.ensureSchemas(database);
    return { role: database.role, schemas: database.schemas };
  });
};

const passwordOf = async (kubernetes: Kubernetes, namespace: string): Promise<string> => {
  const secret = await kubernetes.get({ apiVersion: 'v1', kind: 'Secret', name: SECRETS.database, namespace });
  const encoded = (secret?.['data'] as Record<string, string> | undefined)?.['password'];
  if (!encoded) throw new TenantError('UNAVAILABLE', `Secret ${SECRETS.database} of ${namespace} has no password`);
  return Buffer.from(encoded, 'base64').toString('utf8');
};
