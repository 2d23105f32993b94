import type pg from 'pg';
import { admitIn, toAdmitted } from './admission.ts';
import { lockTenant, newestOperation, superseded } from './fence.ts';
import type { AdmittedOperation, OperationEnd, RunRef } from './interface.ts';
import { closeRow, tenantOf } from './operation-end.ts';
import { inTransaction } from './pool.ts';

/** Ends an operation; see `Projection.closeOperation`. Ending it once more in the same way changes nothing. */
export const closeOperation = (pool: pg.Pool, uncleanEndWaitSeconds: number, run: RunRef, end: OperationEnd): Promise<AdmittedOperation> =>
  inTransaction(pool, async (transaction) => {
    await lockTenant(transaction, run.tenantId);
    const newest = await newestOperation(transaction, run.tenantId);
    if (newest?.runId === run.runId && newest.status === end.status) return toAdmitted(newest, await tenantOf(transaction, newest));
    const { row } = await admitIn(transaction, uncleanEndWaitSeconds, run);
    if (row.status === 'COMPLETED') throw superseded(run, 'it has completed');
    const ended = await closeRow(transaction, row, end);
    return toAdmitted(ended, await tenantOf(transaction, ended));
  });

