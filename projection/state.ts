import { randomUUID } from 'node:crypto';
import { currentPhaseOf, PHASES } from '../tenant/phases.ts';
import { wellFormed, wellFormedValue } from '../tenant/text.ts';
import { isProvisioning } from '../tenant/lifecycle.ts';
import { OPERATION_STEPS } from '../tenant/steps.ts';
import type { RunRef } from './interface.ts';
import type { Transaction } from './pool.ts';
import { inheritedProgress } from './progress.ts';
import { OPERATION_COLUMNS, type OperationRow } from './rows.ts';

/** Changes of an operation's row. `outputs` are merged into the stored ones; `forget` lists those to remove. */
export interface OperationChange extends Partial<Pick<OperationRow, 'status' | 'failureReason' | 'progress' | 'currentPhase' | 'violations' | 'removedTenant' | 'endedUncleanly'>> {
  outputs?: OperationRow['phaseOutputs'];
  forget?: readonly string[];
}

/** Makes outputs and plain errors well formed; a TenantError already is. */
const json = (value: unknown): string | null => (value === undefined || value === null ? null : JSON.stringify(wellFormedValue(value)));

/** Writes an operation's row and, for the kinds that move a provisioning, the state row that follows it. */
export const saveOperation = async (transaction: Transaction, row: OperationRow, change: OperationChange): Promise<OperationRow> => {
  const next = { ...row, ...change };
  const { rows } = await transaction.query<OperationRow>(
    `UPDATE tenant_operations SET
       status = $2, failure_reason = $3, progress = $4, current_phase = $5, violations = $6, removed_tenant = $7,
       phase_outputs = (phase_outputs - $9::text[]) || $8::jsonb, last_updated_at = clock_timestamp(),
       ended_uncleanly = $10, ended_at = CASE WHEN $2 = 'IN_PROGRESS' THEN NULL ELSE coalesce(ended_at, clock_timestamp()) END
     WHERE run_id = $1 RETURNING ${OPERATION_COLUMNS}`,
    [row.runId, next.status, next.failureReason === null ? null : wellFormed(next.failureReason), json(next.progress), next.currentPhase, json(next.violations), json(next.removedTenant),
      json(change.outputs ?? {}), change.forget ?? [], next.endedUncleanly],
  );
  const saved = rows[0]!;
  await followOperation(transaction, saved);
  return saved;
};

/** The state row says COMPLETED or IN_PROGRESS as its operation does; any other end leaves the provisioning failed. */
const stateStatus = ({ status }: OperationRow): string => (status === 'COMPLETED' || status === 'IN_PROGRESS' ? status : 'FAILED');

/** Brings the state row in line with a provisioning's operation; a rollback touches its status and reason only, other kinds nothing. */
export const followOperation = async (transaction: Transaction, row: OperationRow): Promise<void> => {
  if (isProvisioning(row.kind)) {
    const outputs = Object.fromEntries(Object.entries(row.phaseOutputs).filter(([phase]) => (PHASES as readonly string[]).includes(phase)));
    // A tenant that is provisioned anew was validated the first time.
    const done = new Set([...Object.keys(outputs), ...(row.kind === 'REPROVISION' ? ['VALIDATE'] : [])]);
    await transaction.query(
      `UPDATE tenant_provisioning_state
       SET current_phase = $2, status = $3, failure_reason = $4, phase_outputs = $5, retry_count = $6, last_updated_at = clock_timestamp()
       WHERE tenant_id = $1`,
      [row.tenantId, currentPhaseOf(done), stateStatus(row), row.failureReason, json(outputs), row.retryCount],
    );
  }
  if (row.kind === 'ROLLBACK') {
    await transaction.query(
      `UPDATE tenant_provisioning_state SET status = $2, failure_reason = $3, last_updated_at = clock_timestamp() WHERE tenant_id = $1`,
      [row.tenantId, stateStatus(row), row.failureReason],
    );
  }
};

export interface NewOperation {
  run: RunRef;
  seq: number;
  slug: string;
  /** The row that this run continues. */
  inherited: OperationRow | null;
  retryCount: number;
  /** Seconds after the unclean end of the tenant's operation before, if it ended so, in which its activities may still be at work. */
  waitSeconds: number;
}

export const insertOperation = async (
  transaction: Transaction, { run, seq, slug, inherited, retryCount, waitSeconds }: NewOperation,
): Promise<OperationRow> => {
  const { rows } = await transaction.query<OperationRow>(
    `INSERT INTO tenant_operations (run_id, tenant_id, seq, operation_id, kind, actor, workflow_id, original_run_id, slug, current_phase, status,
       phase_outputs, progress, removed_tenant, retry_count, request_id, admissible_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'IN_PROGRESS', $11, $12, $13, $14, $15, coalesce(
       (SELECT max(ended_at) + make_interval(secs => $16) FROM tenant_operations WHERE tenant_id = $2 AND ended_uncleanly), clock_timestamp()))
     RETURNING ${OPERATION_COLUMNS}`,
    [run.runId, run.tenantId, seq, inherited?.operationId ?? randomUUID(), run.kind, run.actor, run.workflowId, run.originalRunId, slug,
      inherited?.currentPhase ?? OPERATION_STEPS[run.kind][0],
      JSON.stringify(inherited?.phaseOutputs ?? {}), JSON.stringify(inherited ? inheritedProgress(inherited.progress, inherited.phaseOutputs) : {}),
      inherited?.removedTenant ? JSON.stringify(inherited.removedTenant) : null, retryCount, run.requestId ?? null, waitSeconds],
  );
  return rows[0]!;
};
