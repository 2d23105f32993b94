/**
 * Effect: the tenant's database role, with the password that its Secret holds, and its nine schemas.
 * Idempotent: a role or schema of this tenant is kept, another owner's is a conflict.
 * After a crash: the Secret is written before the role and never changed, and the role is given its password each time: they agree.
 */
import { ensureDatabaseRole } from '../database-role.ts';
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';
import { tenantDatabaseOf } from '../tenant-database.ts';

export const deployDatabases = (dependencies: ActivityDependencies) => {
  const { connectors } = dependencies;
  return phaseActivity(dependencies, 'DEPLOY_DATABASES', async ({ operation: { tenant } }) => {
    const database = tenantDatabaseOf(tenant);
    await ensureDatabaseRole(connectors, tenant);
    await connectors.dataPlaneDatabase.ensureSchemas(database);
    return { role: database.role, schemas: database.schemas };
  });
};
