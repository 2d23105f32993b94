import type pg from 'pg';
import { TenantError } from '../tenant/errors.ts';
import { mayMove, TRANSITIONS } from '../tenant/lifecycle.ts';
import type { Tenant } from '../tenant/tenant.ts';
import { fenced } from './fence.ts';
import type { Message } from '../tenant/messages.ts';
import type { AdmittedOperation, MessagesOf, TenantChange } from './interface.ts';
import { tell } from './outbox.ts';
import type { Queryable, Transaction } from './pool.ts';
import { TENANT_COLUMNS } from './rows.ts';
import { saveOperation } from './state.ts';

/** The living tenant of that id, or null. */
export const findTenant = async (database: Queryable, id: string): Promise<Tenant | null> => {
  const { rows } = await database.query<Tenant>(`SELECT ${TENANT_COLUMNS} FROM tenants WHERE id = $1`, [id]);
  return rows[0] ?? null;
};

/** Deletes the tenant's row, and with it the state row. */
export const deleteTenant = async (transaction: Transaction, id: string): Promise<void> => {
  await transaction.query('DELETE FROM tenants WHERE id = $1', [id]);
};

/** Changes the tenant's row; see `Projection.updateTenant`. Absent fields stay unchanged. */
export const updateTenant = (pool: pg.Pool, operation: AdmittedOperation, change: TenantChange, messages?: MessagesOf): Promise<Tenant> =>
  fenced(pool, operation, async (transaction) => {
    const tenant = await findTenant(transaction, operation.tenantId);
    if (!tenant) throw new TenantError('CONFLICT', `the tenant ${operation.tenantId} is gone`);
    if (change.status && !mayMove(tenant.status, change.status)) {
      throw new TenantError('CONFLICT', `a tenant cannot go from ${tenant.status} to ${change.status}`, {
        details: { status: tenant.status, allowed: TRANSITIONS[tenant.status] },
      });
    }
    const { status, tier, quota, configuration, ingressIp, dnsZone, mismatch } = { ...tenant, ...change };
    const holdings = { ...tenant.holdings, ...change.holdings };
    const { rows } = await transaction.query<Tenant>(
      `UPDATE tenants SET status = $2, tier = $3, quota = $4, configuration = $5, ingress_ip = $6, dns_zone = $7, holdings = $8, mismatch = $9, updated_at = clock_timestamp(),
         activated_at = coalesce(activated_at, CASE WHEN $2 = 'ACTIVE' THEN clock_timestamp() END)
       WHERE id = $1 RETURNING ${TENANT_COLUMNS}`,
      [tenant.id, status, tier, quota ? JSON.stringify(quota) : null, JSON.stringify(configuration), ingressIp, dnsZone, JSON.stringify(holdings), mismatch && JSON.stringify(mismatch)]);
    if (messages) await tell(transaction, messages(rows[0]!, tenant));
    return rows[0]!;
  });

/** Removes the tenant; see `Projection.removeTenant`. The operation keeps a copy for later steps. A repetition changes nothing. */
export const removeTenant = (pool: pg.Pool, operation: AdmittedOperation, messages: readonly Message[] = []): Promise<void> =>
  fenced(pool, operation, async (transaction, row) => {
    const tenant = await findTenant(transaction, operation.tenantId);
    if (!tenant) return;
    await saveOperation(transaction, row, { removedTenant: tenant });
    await deleteTenant(transaction, tenant.id);
    await tell(transaction, messages);
  });
