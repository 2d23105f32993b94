import type { ConfirmationVerdict } from '../tenant/deletion.ts';
import { TenantError } from '../tenant/errors.ts';
import { DELETION_REQUEST_COLUMNS, type DeletionRequestRow } from './deletion-rows.ts';
import { newestOperation } from './fence.ts';
import type { Queryable, Transaction } from './pool.ts';
import { findTenant } from './tenants.ts';

/** A confirmation as the activity that derives the codes has judged it. */
export interface JudgedConfirmation {
  runId: string;
  number: number;
  requestId: string | undefined;
  /** The admin whose code it is; null for a wrong one, undefined when nobody vouches for a sender who must be known. */
  admin: string | null | undefined;
}

/** Decides on a confirmation; see `Deletions.decide`. */
export const decide = async (transaction: Transaction, originalRunId: string, confirmation: JudgedConfirmation): Promise<ConfirmationVerdict> => {
  const { runId, number, requestId } = confirmation;
  const { rows: [row] } = await transaction.query<DeletionRequestRow & { isLate: boolean }>(
    `SELECT ${DELETION_REQUEST_COLUMNS}, expires_at < clock_timestamp() AS "isLate" FROM deletion_requests WHERE original_run_id = $1 FOR UPDATE`, [originalRunId]);
  if (!row) throw new TenantError('CONFLICT', 'this deletion was never requested');
  const { rows: [earlier] } = await transaction.query<{ verdict: ConfirmationVerdict }>(
    'SELECT verdict FROM deletion_confirmations WHERE run_id = $1 AND number = $2', [runId, number]);
  if (earlier) return earlier.verdict;

  const verdict = await judge(transaction, row, confirmation);
  await transaction.query('INSERT INTO deletion_confirmations (run_id, number, original_run_id, request_id, verdict) VALUES ($1, $2, $3, $4, $5)',
    [runId, number, originalRunId, requestId ?? null, JSON.stringify(verdict)]);
  return verdict;
};

/** The verdict, with what it changes in the request. */
const judge = async (transaction: Transaction, row: DeletionRequestRow & { isLate: boolean }, { admin }: JudgedConfirmation): Promise<ConfirmationVerdict> => {
  const { originalRunId, triesLeft, tenantId, confirmedBy } = row;
  if (row.state !== 'WAITING') return { outcome: 'CLOSED', triesLeft, reason: row.state };
  const tenant = await findTenant(transaction, tenantId);
  if (!tenant) return { outcome: 'CLOSED', triesLeft, reason: 'the tenant is gone' };
  if (row.isLate) return { outcome: 'CLOSED', triesLeft, reason: 'EXPIRED' };
  if (admin === undefined) return { outcome: 'UNSIGNED', triesLeft };
  if (admin === null) return wrong(transaction, originalRunId, triesLeft - 1);
  const running = await runningOperation(transaction, tenantId);
  if (running) return { outcome: 'BUSY', triesLeft, reason: running };

  const confirmed = [...new Set([...confirmedBy, admin])];
  const complete = row.approver === null || confirmed.length === 2;
  await transaction.query('UPDATE deletion_requests SET state = $2, confirmed_by = $3, last_updated_at = clock_timestamp() WHERE original_run_id = $1',
    [originalRunId, complete ? 'CONFIRMED' : 'WAITING', JSON.stringify(confirmed)]);
  if (!complete) return { outcome: 'ONE_OF_TWO', triesLeft };
  return { outcome: 'ACCEPTED', triesLeft, suspendable: tenant.status === 'ACTIVE' };
};

const wrong = async (transaction: Transaction, originalRunId: string, triesLeft: number): Promise<ConfirmationVerdict> => {
  await transaction.query('UPDATE deletion_requests SET state = $2, tries_left = $3, last_updated_at = clock_timestamp() WHERE original_run_id = $1',
    [originalRunId, triesLeft > 0 ? 'WAITING' : 'TRIES_EXHAUSTED', triesLeft]);
  return { outcome: 'WRONG', triesLeft };
};

/** The operation that is running on a tenant, in words; null when none is. */
export const runningOperation = async (database: Queryable, tenantId: string): Promise<string | null> => {
  const newest = await newestOperation(database, tenantId);
  return newest?.status === 'IN_PROGRESS' ? `${newest.kind} is running, run ${newest.runId}` : null;
};
