import type { Connectors } from '../connectors/connectors.ts';
import type { Kubernetes } from '../connectors/kubernetes/interface.ts';
import { TenantError } from '../tenant/errors.ts';
import { SECRETS } from '../tenant/names.ts';
import type { Tenant } from '../tenant/tenant.ts';
import { TIER_PLANS } from '../tenant/tiers.ts';
import { tenantDatabaseOf } from './tenant-database.ts';

/** Gives the tenant's database role the password that its Secret holds and the connection limit of its tier. */
export const ensureDatabaseRole = async ({ kubernetes, dataPlaneDatabase }: Pick<Connectors, 'kubernetes' | 'dataPlaneDatabase'>, tenant: Tenant): Promise<void> =>
  dataPlaneDatabase.ensureRole(tenantDatabaseOf(tenant), await passwordOf(kubernetes, tenant.namespace), TIER_PLANS[tenant.tier].databaseConnections);

const passwordOf = async (kubernetes: Kubernetes, namespace: string): Promise<string> => {
  const secret = await kubernetes.get({ apiVersion: 'v1', kind: 'Secret', name: SECRETS.database, namespace });
  const encoded = (secret?.['data'] as Record<string, string> | undefined)?.['password'];
  if (!encoded) throw new TenantError('UNAVAILABLE', `Secret ${SECRETS.database} of ${namespace} has no password`);
  return Buffer.from(encoded, 'base64').toString('utf8');
};
