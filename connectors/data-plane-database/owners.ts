import { ownershipOf, type Ownership } from '../../tenant/ownership.ts';
import type { DatabaseFind, TenantDatabase } from './interface.ts';
import type { Query } from './session.ts';

/** The comment that marks the owner of a role or schema. */
export const markOf = (tenantId: string): string => `matih.io/tenant-id=${tenantId}`;

const foundOwnership = (isOwn: boolean, tenantId: string) => ownershipOf(true, isOwn ? tenantId : null, tenantId) as DatabaseFind['ownership'];

export const roleOwnership = async (query: Query, { role, tenantId }: TenantDatabase): Promise<Ownership> => {
  const [row] = await query<{ isOwn: boolean }>(
    `SELECT shobj_description(oid, 'pg_authid') IS NOT DISTINCT FROM $2 AS "isOwn" FROM pg_roles WHERE rolname = $1`, [role, markOf(tenantId)]);
  return row ? foundOwnership(row.isOwn, tenantId) : 'absent';
};

export const schemaOwnership = async (query: Query, tenant: TenantDatabase, schema: string): Promise<Ownership> =>
  (await schemasFound(query, tenant)).find(({ name }) => name === schema)?.ownership ?? 'absent';

/** Finds roles by exact name and by mark. */
export const rolesFound = async (query: Query, { role, tenantId }: TenantDatabase): Promise<DatabaseFind[]> => {
  const rows = await query<{ name: string; isOwn: boolean }>(
    `SELECT rolname AS name, mark IS NOT DISTINCT FROM $2 AS "isOwn"
     FROM (SELECT rolname, shobj_description(oid, 'pg_authid') AS mark FROM pg_roles) roles
     WHERE rolname = $1 OR mark = $2 ORDER BY 1`, [role, markOf(tenantId)]);
  return rows.map(({ name, isOwn }) => ({ kind: 'role', name, ownership: foundOwnership(isOwn, tenantId) }));
};

/**
 * Finds schemas by exact name, by mark and by owner. A schema is the tenant's by its own mark or by its owner's mark. A mark on a schema of
 * another tenant's role counts for nothing, because that tenant can write it.
 */
export const schemasFound = async (query: Query, { schemas, tenantId }: TenantDatabase): Promise<DatabaseFind[]> => {
  const rows = await query<{ name: string; isOwn: boolean }>(
    `SELECT name, ("ownerMark" = $2 OR ("schemaMark" = $2 AND "ownerMark" NOT LIKE $3)) AS "isOwn"
     FROM (SELECT nspname::text AS name, coalesce(obj_description(oid, 'pg_namespace'), '') AS "schemaMark",
             coalesce(shobj_description(nspowner, 'pg_authid'), '') AS "ownerMark" FROM pg_namespace) found
     WHERE name = ANY ($1) OR "ownerMark" = $2 OR ("schemaMark" = $2 AND "ownerMark" NOT LIKE $3) ORDER BY 1`,
    [schemas, markOf(tenantId), markOf('%')]);
  return rows.map(({ name, isOwn }) => ({ kind: 'schema', name, ownership: foundOwnership(isOwn, tenantId) }));
};
