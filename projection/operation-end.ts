import { isProvisioning, mayBeRemoved } from '../tenant/lifecycle.ts';
import { auditMessage, eventMessage, type Message } from '../tenant/messages.ts';
import type { Tenant } from '../tenant/tenant.ts';
import { databaseNow } from './fence.ts';
import type { OperationEnd } from './interface.ts';
import { recordMismatch } from './mismatch.ts';
import { tell } from './outbox.ts';
import type { Transaction } from './pool.ts';
import { closed, firstOpenError } from './progress.ts';
import { type OperationRow, tenantFromJson } from './rows.ts';
import { saveOperation } from './state.ts';
import { deleteTenant, findTenant } from './tenants.ts';

/** Reason of an operation whose run ended outside the service: terminated, timed out or reset. */
export const ENDED_OUTSIDE = 'ended outside the service';

/** The current tenant, or its last copy if the operation removed it. */
export const tenantOf = async (transaction: Transaction, { tenantId, removedTenant }: OperationRow): Promise<Tenant> => {
  const tenant = await findTenant(transaction, tenantId) ?? (removedTenant && tenantFromJson(removedTenant));
  if (!tenant) throw new Error(`an operation of ${tenantId} ends without a tenant`);
  return tenant;
};

/**
 * Ends a row that is in progress without success, with the messages that tell of it. A provisioning or rollback leaves its tenant FAILED, if
 * there still is one; it is removed where the end says so and it was never ACTIVE.
 */
export const closeRow = async (transaction: Transaction, row: OperationRow, end: OperationEnd): Promise<OperationRow> => {
  const { status, failureReason, unclean = false, resumed = false, unrestored } = end;
  const before = await tenantOf(transaction, row);
  const now = (await databaseNow(transaction)).toISOString();
  if (row.kind === 'ROLLBACK' && row.removedTenant) return completeRollback(transaction, row, now);
  const removesTenant = end.removesTenant === true && mayBeRemoved(row.kind, before);
  const isRestored = unrestored !== undefined && Object.keys(unrestored).length === 0;
  const saved = await saveOperation(transaction, row, {
    status,
    progress: closed(row.kind, row.progress, isRestored, now),
    failureReason: failureReason ?? firstOpenError(row.kind, row.progress),
    endedUncleanly: unclean,
    ...(removesTenant && { removedTenant: before }),
  });
  if (removesTenant) await deleteTenant(transaction, row.tenantId);
  else if (!resumed && (isProvisioning(row.kind) || row.kind === 'ROLLBACK')) {
    await transaction.query(
      `UPDATE tenants SET status = 'FAILED', updated_at = clock_timestamp() WHERE id = $1 AND status = 'PROVISIONING'`, [row.tenantId]);
  }
  if (before.activatedAt !== null) await recordMismatch(transaction, row, before, end, now);
  await tell(transaction, endMessages(saved, await findTenant(transaction, row.tenantId), before));
  return saved;
};

/** A rollback whose tenant is gone is finished, however its run ended. The message that tells of it was written with the removal. */
const completeRollback = (transaction: Transaction, row: OperationRow, now: string): Promise<OperationRow> => saveOperation(transaction, row, {
  status: 'COMPLETED',
  progress: Object.fromEntries(Object.entries(row.progress).map(([step, entry]) =>
    [step, entry.state === 'RUNNING' ? { ...entry, state: 'COMPLETED' as const, error: null, endedAt: now } : entry])),
  failureReason: null,
});

/** Every run's end is an event of its own: a retry that fails again must not be dropped as a repetition. A tenant that lives was provisioned. */
const endMessages = (row: OperationRow, after: Tenant | null, before: Tenant): Message[] => {
  const { kind, status, operationId, runId, failureReason: reason } = row;
  const source = { ...row, operationId: `${operationId}:${runId}` };
  return [
    ...(isProvisioning(kind) && after?.status === 'FAILED' ? [eventMessage(source, 'TENANT_PROVISIONING_FAILED', after, { operationId, reason })] : []),
    auditMessage(source, before, {
      eventType: `TENANT_${kind}_${status}`, action: kind, success: status === 'CANCELLED', newState: after?.status ?? 'REMOVED', metadata: { reason },
    }),
  ];
};
