/**
 * Effect: the tenant's schemas and role are gone, its Redis and Kafka principals revoked.
 * Idempotent: what is gone already is no error; a role or schema that is not marked as this tenant's is left alone.
 * After a crash: the role is locked first, so nothing grows back; tables go in batches, each for good.
 */
import { allEnded } from '../all-ended.ts';
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';
import { tenantDatabaseOf } from '../tenant-database.ts';

export const dropDatabases = (dependencies: ActivityDependencies) => {
  const { dataPlaneDatabase, infrastructure } = dependencies.connectors;
  return phaseActivity(dependencies, 'DROP_DATABASES', async ({ operation: { tenant } }) => {
    const database = tenantDatabaseOf(tenant);
    await dataPlaneDatabase.drop(database);
    await allEnded([infrastructure.revokeCredential(tenant.id, 'redis'), infrastructure.revokeCredential(tenant.id, 'kafka')]);
    return { role: database.role, schemas: database.schemas };
  });
};
