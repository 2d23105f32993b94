import { type ConfirmedTenant, isLegalWhileConfirmed } from '../tenant/deletion.ts';
import { TenantError } from '../tenant/errors.ts';
import { legalKinds, type OperationKind } from '../tenant/lifecycle.ts';
import type { Tenant } from '../tenant/tenant.ts';
import { confirmedRequest, lockRequest } from './deletion-requests.ts';
import type { DeletionRequestRow } from './deletion-rows.ts';
import { newestOperation } from './fence.ts';
import type { Transaction } from './pool.ts';
import { OPERATION_COLUMNS, type OperationRow } from './rows.ts';
import { findTenant } from './tenants.ts';

/** Refuses an operation that would change a tenant between the confirmation of its deletion and the beginning. */
export const assertNotConfirmed = async (transaction: Transaction, kind: OperationKind, tenant: Tenant | null): Promise<void> => {
  if (!tenant || tenant.status === 'DELETING' || isLegalWhileConfirmed(kind) || !await confirmedRequest(transaction, tenant.id)) return;
  const legal = legalKinds(tenant.status, await newestOperation(transaction, tenant.id)).filter(isLegalWhileConfirmed);
  throw new TenantError('CONFLICT', `${kind} is not legal while the deletion of ${tenant.slug} is confirmed; call the deletion off first`, {
    details: { status: tenant.status, legal },
  });
};

/** Describes a tenant whose deletion was confirmed; see `Deletions.standing`. */
export const standingOf = async (transaction: Transaction, originalRunId: string, suspensionRunId: string | undefined): Promise<ConfirmedTenant> => {
  const request = await lockRequest(transaction, originalRunId);
  const tenant = await findTenant(transaction, request.tenantId);
  const { rows: since } = await transaction.query<OperationRow>(
    `SELECT ${OPERATION_COLUMNS} FROM tenant_operations WHERE tenant_id = $1 AND seq > $2 ORDER BY seq`, [request.tenantId, request.confirmedSeq]);
  return { suspendedByWait: isSuspendedBy(suspensionRunId, request, tenant, since), departure: departureOf(request, tenant, since) };
};

/**
 * Whether the wait suspended the tenant. The wait names the suspension's run, unless a reset made it forget. Then a suspension counts that
 * began while the request was open, in the name of its admin. Another admin may have completed that suspension.
 */
const isSuspendedBy = (runId: string | undefined, request: DeletionRequestRow, tenant: Tenant | null, since: readonly OperationRow[]): boolean => {
  if (request.confirmedStatus !== 'ACTIVE' || tenant?.status !== 'SUSPENDED') return false;
  const newest = since.findLast(({ kind }) => kind === 'SUSPENSION');
  const isOfWait = ({ originalRunId, actor, startedAt }: OperationRow): boolean =>
    originalRunId === runId || (actor === request.requestedBy && (request.state === 'CONFIRMED' || startedAt < request.lastUpdatedAt));
  return since.some((operation) => operation.operationId === newest?.operationId && isOfWait(operation));
};

const departureOf = ({ state, confirmedStatus }: DeletionRequestRow, tenant: Tenant | null, since: readonly OperationRow[]): string | null => {
  if (state !== 'CONFIRMED') return `the request is ${state}`;
  if (!tenant) return 'the tenant is gone';
  const other = since.find(({ kind }) => !isLegalWhileConfirmed(kind));
  if (other) return `${other.kind} by ${other.actor} came after the confirmation`;
  const suspensions = since.filter(({ kind }) => kind === 'SUSPENSION');
  const mayBe = suspensions.some(({ phaseOutputs }) => 'MARK_SUSPENDED' in phaseOutputs) ? ['SUSPENDED'] : [confirmedStatus, ...(suspensions.length > 0 ? ['SUSPENDED'] : [])];
  return mayBe.includes(tenant.status) ? null : `the tenant is ${tenant.status}`;
};
