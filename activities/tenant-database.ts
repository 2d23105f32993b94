import type { DataPlaneDatabase, TenantDatabase } from '../connectors/data-plane-database/interface.ts';
import { DATABASES } from '../tenant/catalogue.ts';
import { databaseRoleOf, schemaOf } from '../tenant/names.ts';
import type { Find } from '../tenant/ownership.ts';
import type { Tenant } from '../tenant/tenant.ts';

/** The tenant's role and its nine schemas, by their exact names. */
export const tenantDatabaseOf = ({ id, slug }: Pick<Tenant, 'id' | 'slug'>): TenantDatabase => ({
  tenantId: id,
  role: databaseRoleOf(slug),
  schemas: DATABASES.map((database) => schemaOf(slug, database)),
});

/** The tenant's existing role and schemas, and other roles and schemas with its mark. */
export const databaseFinds = async (dataPlaneDatabase: DataPlaneDatabase, tenant: Tenant): Promise<Find[]> => {
  const { role, schemas = [] } = tenant.holdings;
  const recorded = new Set([`role ${role}`, ...schemas.map((name) => `schema ${name}`)]);
  return (await dataPlaneDatabase.find(tenantDatabaseOf(tenant))).map(({ kind, name, ownership }) => {
    const what = `${kind} ${name}`;
    return { what, ownership, isRecorded: recorded.has(what) };
  });
};
