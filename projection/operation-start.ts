import { randomUUID } from 'node:crypto';
import { OPERATION_STEPS } from '../tenant/steps.ts';
import type { RunRef } from './interface.ts';
import type { Transaction } from './pool.ts';
import { inheritedProgress } from './progress.ts';
import { OPERATION_COLUMNS, type OperationRow } from './rows.ts';

/** A row to insert. */
export interface NewOperation {
  run: RunRef;
  seq: number;
  slug: string;
  /** The row that this run continues. */
  inherited: OperationRow | null;
  retryCount: number;
  /** Seconds after an unclean end of an earlier operation of the tenant in which its activities may still be running. */
  waitSeconds: number;
}

/** Inserts the row of a run that begins, with the progress of the row that it continues. */
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
