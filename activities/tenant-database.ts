import type { TenantDatabase } from '../connectors/data-plane-database/interface.ts';
import { DATABASES } from '../tenant/catalogue.ts';
import { databaseRoleOf, schemaOf } from '../tenant/names.ts';
import type { Tenant } from '../tenant/tenant.ts';

/** The tenant's role and its nine schemas, by their exact names. */
export const tenantDatabaseOf = ({ id, slug }: Pick<Tenant, 'id' | 'slug'>): TenantDatabase => ({
  tenantId: id,
  role: databaseRoleOf(slug),
  schemas: DATABASES.map((database) => schemaOf(slug, database)),
});
