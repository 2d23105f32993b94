import type pg from 'pg';
import { TenantError } from '../tenant/errors.ts';
import { continues, isLegal, isProvisioning, legalKinds } from '../tenant/lifecycle.ts';
import { workflowIdOf } from '../tenant/names.ts';
import { restores, takesBack } from '../tenant/steps.ts';
import type { Tenant } from '../tenant/tenant.ts';
import { assertNotConfirmed } from './confirmed-tenant.ts';
import { lockTenant, newestOperation, refusalOf, superseded } from './fence.ts';
import type { AdmittedOperation, RunRef } from './interface.ts';
import { inTransaction, type Transaction } from './pool.ts';
import { closeRow, ENDED_OUTSIDE } from './operation-end.ts';
import { type OperationRow, tenantFromJson } from './rows.ts';
import { followOperation, insertOperation } from './state.ts';
import { findTenant } from './tenants.ts';

/** Admits a run; see `Projection.admit`. `uncleanEndWaitSeconds`: how long activities may outlive a run that ended outside the service. */
export const admit = async (pool: pg.Pool, uncleanEndWaitSeconds: number, run: RunRef): Promise<AdmittedOperation> =>
  whenAdmissible(await inTransaction(pool, (transaction) => admitIn(transaction, uncleanEndWaitSeconds, run)));

/** The row of a run, found or inserted, and its tenant. */
export interface Admission {
  row: OperationRow;
  tenant: Tenant;
}

/** Seconds until a run that has to wait asks again, at most. A longer Retry-After would end the run. */
const LONGEST_PAUSE_SECONDS = 600;

/** Returns an admission. Throws NOT_READY while activities of an uncleanly ended run may still be running. */
export const whenAdmissible = ({ row, tenant }: Admission): AdmittedOperation => {
  if (row.waitSeconds > 0) {
    throw new TenantError('NOT_READY', 'the previous run ended outside the service; its activities may still be running', {
      retryAfterSeconds: Math.min(row.waitSeconds, LONGEST_PAUSE_SECONDS),
    });
  }
  return toAdmitted(row, tenant);
};

export const toAdmitted = (row: OperationRow, tenant: Tenant): AdmittedOperation => {
  const { tenantId, slug, kind, workflowId, runId, originalRunId, actor, operationId, seq, isContinuation, phaseOutputs } = row;
  return { tenantId, slug, kind, workflowId, runId, originalRunId, actor, operationId, seq, isContinuation, phaseOutputs, tenant };
};

export const admitIn = async (transaction: Transaction, uncleanEndWaitSeconds: number, run: RunRef): Promise<Admission> => {
  await lockTenant(transaction, run.tenantId);
  const newest = await newestOperation(transaction, run.tenantId);
  const living = await findTenant(transaction, run.tenantId);
  assertNamed(run, living?.slug ?? newest?.slug);
  const row = newest?.runId === run.runId
    ? assertOpen(run, newest)
    : await admitFirstSight(transaction, uncleanEndWaitSeconds, run, newest, living);
  // Admission may have moved the tenant's status.
  const tenant = await findTenant(transaction, run.tenantId) ?? (row.removedTenant && tenantFromJson(row.removedTenant));
  if (!tenant) throw gone(run);
  return { row, tenant };
};

/** One workflow id per tenant serializes its operations. A run under another id or for another slug is refused before it closes any row. */
const assertNamed = (run: RunRef, slug: string | undefined): void => {
  if (slug === undefined || (run.slug === slug && run.workflowId === workflowIdOf(slug))) return;
  throw new TenantError('CONFLICT', `a run on the tenant ${run.tenantId} has to have the slug ${slug} and the workflow id ${workflowIdOf(slug)}`);
};

const assertOpen = (run: RunRef, row: OperationRow): OperationRow => {
  const refusal = refusalOf(run, row);
  if (refusal) throw refusal;
  return row;
};

const gone = (run: RunRef): TenantError =>
  new TenantError('CONFLICT', `the tenant ${run.tenantId} is gone; its id is never used again`, { details: { status: null, legal: [] } });

const admitFirstSight = async (
  transaction: Transaction, uncleanEndWaitSeconds: number, run: RunRef, newest: OperationRow | null, tenant: Tenant | null,
): Promise<OperationRow> => {
  const isReset = newest?.originalRunId === run.originalRunId && newest.status !== 'REFUSED';
  if (await isKnown(transaction, run, isReset)) throw superseded(run, 'a newer operation has taken over');
  await assertNotConfirmed(transaction, run.kind, tenant);
  if (isReset) assertResettable(run, newest, tenant);
  else assertLegal(run, newest, tenant);
  // Temporal has one open run per workflow id, so the previous run ended outside the service. Its activities may still be running.
  if (newest?.status === 'IN_PROGRESS') {
    await closeRow(transaction, newest, { status: 'FAILED', failureReason: ENDED_OUTSIDE, unclean: true, resumed: isProvisioning(run.kind) });
  }

  const inherited = newest && (isReset || continues(run.kind, newest)) ? newest : null;
  const row = await insertOperation(transaction, {
    run,
    seq: (newest?.seq ?? 0) + 1,
    slug: tenant?.slug ?? newest?.slug ?? '',
    inherited,
    retryCount: inherited ? inherited.retryCount + (isReset ? 0 : 1) : 0,
    waitSeconds: uncleanEndWaitSeconds,
  });
  await followOperation(transaction, row);
  if (isProvisioning(run.kind)) await transaction.query(
    `UPDATE tenants SET status = 'PROVISIONING', updated_at = clock_timestamp() WHERE id = $1 AND status = 'FAILED'`, [run.tenantId]);
  return row;
};

/** Whether the run was seen before. Unless it is a reset of the newest run, the run it was reset from counts too. */
const isKnown = async (transaction: Transaction, run: RunRef, isReset: boolean): Promise<boolean> => {
  const { rowCount } = await transaction.query(
    'SELECT 1 FROM tenant_operations WHERE tenant_id = $1 AND (run_id = $2 OR (NOT $4 AND original_run_id = $3)) LIMIT 1',
    [run.tenantId, run.runId, run.originalRunId, isReset]);
  return rowCount !== 0;
};

/**
 * A reset continues from the steps in its history. It is refused once the run has undone or restored them, or is about to. Steps that the
 * run inherited do not count.
 */
const assertResettable = (run: RunRef, { kind, status, progress }: OperationRow, tenant: Tenant | null): void => {
  if (status === 'COMPLETED') throw superseded(run, 'it has completed');
  const tookBack = Object.entries(progress).some(([step, { activityId }]) => activityId !== null && (takesBack(kind, step) || restores(kind, step)))
    || (kind === 'PROVISIONING' && status === 'CANCELLED');
  if (tookBack) throw superseded(run, 'what it made was taken back');
  if (kind === 'REPROVISION' && tenant?.activatedAt) throw superseded(run, 'it would tear down a tenant that was ACTIVE');
};

/** A removed tenant allows one thing: to finish the removal. A provisioning would make things for a tenant that has no record. */
const assertLegal = (run: RunRef, newest: OperationRow | null, tenant: Tenant | null): void => {
  if (!tenant) {
    if (newest?.removedTenant && continues(run.kind, newest) && !isProvisioning(run.kind)) return;
    throw gone(run);
  }
  if (isLegal(run.kind, tenant.status, newest)) return;
  const legal = legalKinds(tenant.status, newest);
  throw new TenantError('CONFLICT', `${run.kind} is not legal while the tenant is ${tenant.status}; legal now: ${legal.join(', ')}`, {
    details: { status: tenant.status, legal },
  });
};
