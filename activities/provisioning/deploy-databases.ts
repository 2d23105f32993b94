/**
 * Effect: the tenant's database role, with the password in its Secret, and its nine schemas. Both are recorded as the tenant's.
 * Idempotent: a role or schema of this tenant is kept; another owner's is a conflict.
 * After a crash: the Secret is written before the role and never changed. Every attempt sets the role's password from the Secret.
 */
import { ensureDatabaseRole } from '../database-role.ts';
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';
import { tenantDatabaseOf } from '../tenant-database.ts';

export const deployDatabases = (dependencies: ActivityDependencies) => {
  const { connectors, projection } = dependencies;
  return phaseActivity(dependencies, 'DEPLOY_DATABASES', async ({ operation }) => {
    const database = tenantDatabaseOf(operation.tenant);
    await ensureDatabaseRole(connectors, operation.tenant);
    await projection.updateTenant(operation, { holdings: { role: database.role } });
    await connectors.dataPlaneDatabase.ensureSchemas(database);
    await projection.updateTenant(operation, { holdings: { schemas: database.schemas } });
    return { role: database.role, schemas: database.schemas };
  });
};
