import type pg from 'pg';
import type { TenantPatch } from '../tenant/change-tenant.ts';
import type { Tenant } from '../tenant/tenant.ts';
import type { Violation } from '../tenant/violations.ts';
import { lockTenant } from './fence.ts';
import { inTransaction, isUniqueViolation } from './pool.ts';
import { TENANT_COLUMNS } from './rows.ts';

/** Changes a living tenant's name and settings, which no operation is needed for. `null`: it is gone; the unique index decides about names. */
export const patchTenant = async (pool: pg.Pool, id: string, { name, settings }: TenantPatch): Promise<{ tenant: Tenant | null } | { violations: Violation[] }> => {
  try {
    return await inTransaction(pool, async (transaction) => {
      await lockTenant(transaction, id);
      const { rows } = await transaction.query<Tenant>(
        `UPDATE tenants SET name = coalesce($2, name), settings = coalesce($3, settings), updated_at = clock_timestamp()
         WHERE id = $1 RETURNING ${TENANT_COLUMNS}`,
        [id, name ?? null, settings ? JSON.stringify(settings) : null]);
      return { tenant: rows[0] ?? null };
    });
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    return { violations: [{ field: 'name', code: 'NAME_TAKEN', message: 'is in use by another tenant' }] };
  }
};
