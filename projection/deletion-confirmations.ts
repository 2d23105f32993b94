import { deletionRecord } from '../tenant/deletion-records.ts';
import type { ConfirmationVerdict } from '../tenant/deletion.ts';
import type { Message } from '../tenant/messages.ts';
import { lockRequest } from './deletion-requests.ts';
import type { DeletionRequestRow } from './deletion-rows.ts';
import { databaseNow, newestOperation } from './fence.ts';
import { tell } from './outbox.ts';
import type { Queryable, Transaction } from './pool.ts';
import { findTenant } from './tenants.ts';

/** A confirmation as the activity that derives the codes has judged it. */
export interface JudgedConfirmation {
  runId: string;
  number: number;
  requestId: string | undefined;
  /** The admin whose code it is; null for a wrong one, undefined when nobody vouches for a sender who must be known. */
  admin: string | null | undefined;
  /** The sender, if the API vouches for it; else `temporal`. */
  sender: string;
}

/** Decides on a confirmation; see `Deletions.decide`. Holds the tenant's lock, so that no operation is admitted concurrently. */
export const decide = async (transaction: Transaction, originalRunId: string, confirmation: JudgedConfirmation): Promise<ConfirmationVerdict> => {
  const { runId, number, requestId } = confirmation;
  const request = await lockRequest(transaction, originalRunId);
  const { rows: [earlier] } = await transaction.query<{ verdict: ConfirmationVerdict }>(
    'SELECT verdict FROM deletion_confirmations WHERE run_id = $1 AND number = $2', [runId, number]);
  if (earlier) return earlier.verdict;

  const verdict = await judge(transaction, request, confirmation);
  await transaction.query('INSERT INTO deletion_confirmations (run_id, number, original_run_id, request_id, verdict) VALUES ($1, $2, $3, $4, $5)',
    [runId, number, originalRunId, requestId ?? null, JSON.stringify(verdict)]);
  await tell(transaction, recordsOf(request, verdict, confirmation.sender, await confirmationsOf(transaction, originalRunId)));
  return verdict;
};

/** The number of judged confirmations of a request. A reset of the wait counts its own from 1 again. */
const confirmationsOf = async (transaction: Transaction, originalRunId: string): Promise<number> => {
  const { rows } = await transaction.query<{ count: number }>('SELECT count(*)::int AS count FROM deletion_confirmations WHERE original_run_id = $1', [originalRunId]);
  return rows[0]!.count;
};

const recordsOf = (request: DeletionRequestRow, { outcome, triesLeft }: ConfirmationVerdict, actor: string, number: number): Message[] => {
  if (outcome === 'WRONG') return [deletionRecord(request, 'TENANT_DELETION_CONFIRMATION_REFUSED', { actor, number, success: false, triesLeft })];
  if (outcome !== 'ACCEPTED' && outcome !== 'ONE_OF_TWO') return [];
  return [deletionRecord(request, 'TENANT_DELETION_CONFIRMED', { actor, number, complete: outcome === 'ACCEPTED' })];
};

/** Judges a confirmation and records its effect in the request. */
const judge = async (transaction: Transaction, row: DeletionRequestRow, { admin }: JudgedConfirmation): Promise<ConfirmationVerdict> => {
  const { originalRunId, triesLeft, tenantId, confirmedBy } = row;
  if (row.state !== 'WAITING') return { outcome: 'CLOSED', triesLeft, reason: row.state };
  const tenant = await findTenant(transaction, tenantId);
  if (!tenant) return { outcome: 'CLOSED', triesLeft, reason: 'the tenant is gone' };
  if (row.expiresAt < await databaseNow(transaction)) return { outcome: 'CLOSED', triesLeft, reason: 'EXPIRED' };
  if (admin === undefined) return { outcome: 'UNSIGNED', triesLeft };
  if (admin === null) return wrong(transaction, originalRunId, triesLeft - 1);
  const running = await runningOperation(transaction, tenantId);
  if (running) return { outcome: 'BUSY', triesLeft, reason: running };

  const confirmed = [...new Set([...confirmedBy, admin])];
  const complete = row.approver === null || confirmed.length === 2;
  await transaction.query(
    `UPDATE deletion_requests SET state = $2, confirmed_by = $3, confirmed_status = $4, last_updated_at = clock_timestamp(),
       confirmed_seq = (SELECT max(seq) FROM tenant_operations WHERE tenant_id = $5)
     WHERE original_run_id = $1`,
    [originalRunId, complete ? 'CONFIRMED' : 'WAITING', JSON.stringify(confirmed), tenant.status, tenantId]);
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
