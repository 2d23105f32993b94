/**
 * Effect: the tenant's schemas and role are dropped, its Redis and Kafka principals revoked.
 * Idempotent: absent objects are no error; objects that never were the tenant's stay. An object made for it without its mark is a conflict,
 * and nothing is dropped.
 * After a crash: the role is locked first, so no data is added. Tables are dropped in committed batches.
 */
import { assertMarked } from '../../tenant/ownership.ts';
import { allEnded } from '../all-ended.ts';
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';
import { databaseFinds, tenantDatabaseOf } from '../tenant-database.ts';
import { QUARTER_HOUR } from '../trouble.ts';
import { forget } from './forget.ts';

export const dropDatabases = (dependencies: ActivityDependencies) => {
  const { connectors: { dataPlaneDatabase, infrastructure }, projection } = dependencies;
  return phaseActivity(dependencies, 'DROP_DATABASES', async ({ operation }) => {
    const { tenant } = operation;
    const finds = await databaseFinds(dataPlaneDatabase, tenant);
    assertMarked(...finds);
    await dataPlaneDatabase.drop(tenantDatabaseOf(tenant));
    await allEnded([infrastructure.revokeCredential(tenant.id, 'redis'), infrastructure.revokeCredential(tenant.id, 'kafka')]);
    await forget(projection, operation, { holdings: { role: undefined, schemas: undefined } });
    const { role = null, schemas = [] } = tenant.holdings;
    return { role, schemas, found: finds.map(({ what, ownership }) => `${what}: ${ownership}`) };
    // A backup or a long report on the tenant's tables ends by itself.
  }, { patience: QUARTER_HOUR });
};
