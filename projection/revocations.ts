import type pg from 'pg';
import { databaseNow, fenced } from './fence.ts';
import type { AdmittedOperation } from './interface.ts';
import type { Queryable } from './pool.ts';

/** The time before which a tenant's tokens must have been issued to be refused; null when none are revoked. */
export const revokedBefore = async (database: Queryable, tenantId: string): Promise<Date | null> => {
  const { rows } = await database.query<{ notBefore: Date }>('SELECT not_before AS "notBefore" FROM token_revocations WHERE tenant_id = $1', [tenantId]);
  return rows[0]?.notBefore ?? null;
};

/** Revokes all tokens of a tenant issued before `notBefore`; an earlier mark never replaces a later one. */
export const revokeTokens = async (database: Queryable, tenantId: string, notBefore: Date, reason: string): Promise<void> => {
  await database.query(
    `INSERT INTO token_revocations (tenant_id, not_before, reason) VALUES ($1, $2, $3)
     ON CONFLICT (tenant_id) DO UPDATE SET not_before = EXCLUDED.not_before, reason = EXCLUDED.reason
     WHERE token_revocations.not_before < EXCLUDED.not_before`, [tenantId, notBefore, reason]);
};

/** See `Projection.revokeTokens`. Fenced, so that a late attempt cannot revoke what was issued after the tenant was reactivated. */
export const revokeTokensNow = (pool: pg.Pool, operation: AdmittedOperation, reason: string): Promise<Date> =>
  fenced(pool, operation, async (transaction) => {
    const now = await databaseNow(transaction);
    await revokeTokens(transaction, operation.tenantId, now, reason);
    return await revokedBefore(transaction, operation.tenantId) ?? now;
  });
