import { randomUUID } from 'node:crypto';
import type { Queryable } from './pool.ts';

/** A creation the API has accepted for starting; the workflow may not have admitted it yet. */
export interface TenantRequest {
  tenantId: string;
  slug: string;
  name: string;
  createdAt: Date;
}

const COLUMNS = 'tenant_id AS "tenantId", slug, name, created_at AS "createdAt"';

/** Stores a creation under a new tenant id. Another try of the same request gets the first id. */
export const requestTenant = async (
  database: Queryable, { slug, name, actor, requestId }: { slug: string; name: string; actor: string; requestId: string },
): Promise<TenantRequest> => {
  const { rows } = await database.query<TenantRequest>(
    `INSERT INTO tenant_requests (tenant_id, slug, name, actor, request_id) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (request_id) DO UPDATE SET actor = excluded.actor RETURNING ${COLUMNS}`,
    [randomUUID(), slug, name, actor, requestId]);
  return rows[0]!;
};

export const findRequest = async (database: Queryable, tenantId: string): Promise<TenantRequest | null> => {
  const { rows } = await database.query<TenantRequest>(`SELECT ${COLUMNS} FROM tenant_requests WHERE tenant_id = $1`, [tenantId]);
  return rows[0] ?? null;
};

/** Forgets a creation that was refused or never started. */
export const forgetRequest = async (database: Queryable, tenantId: string): Promise<void> => {
  await database.query('DELETE FROM tenant_requests WHERE tenant_id = $1', [tenantId]);
};
