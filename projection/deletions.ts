import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import type { ArchivePart, ConfirmationVerdict, DeletionCertificate, DeletionRequestState } from '../tenant/deletion.ts';
import { TenantError } from '../tenant/errors.ts';
import { DELETION_REQUEST_COLUMNS, type DeletionRequestRow } from './deletion-rows.ts';
import { decide, type JudgedConfirmation, runningOperation } from './deletion-confirmations.ts';
import { fenced, lockTenant } from './fence.ts';
import type { Message } from '../tenant/messages.ts';
import type { AdmittedOperation } from './interface.ts';
import { tell } from './outbox.ts';
import { inTransaction, type Queryable, type Transaction } from './pool.ts';
import { saveOperation } from './state.ts';
import { deleteTenant, findTenant } from './tenants.ts';

export type NewDeletionRequest = Pick<DeletionRequestRow, 'originalRunId' | 'tenantId' | 'slug' | 'requestedBy' | 'approver' | 'graceMinutes'>
  & { tries: number; confirmationMinutes: number };

/** The rows of deletions: the requests with their confirmations, and the certificates. */
export interface Deletions {
  /** Opens a request with a fresh nonce, or finds it. CONFLICT when the tenant is not there or is being deleted already. */
  open(request: NewDeletionRequest): Promise<DeletionRequestRow>;
  find(originalRunId: string): Promise<DeletionRequestRow | null>;
  /** Decides on a confirmation, in one transaction; asked again about the same one it says the same. */
  decide(originalRunId: string, confirmation: JudgedConfirmation): Promise<ConfirmationVerdict>;
  /** Ends a request that left the tenant untouched. Nothing happens if it has ended. */
  close(originalRunId: string, state: DeletionRequestState, reason: string | null): Promise<void>;
  /** The operation that is running on a tenant, in words; null when none is. */
  running(tenantId: string): Promise<string | null>;
  /** The newest confirmed request of a tenant; null when there is none. */
  confirmed(tenantId: string): Promise<DeletionRequestRow | null>;
  /** Issues the certificate, removes the tenant's record and writes the messages that tell of it in one transaction; one that is issued stays as it is. */
  certify(operation: AdmittedOperation, certificate: DeletionCertificate, messages?: readonly Message[]): Promise<void>;
  /** Writes a message that tells of the deletion before its certificate is issued. */
  tell(operation: AdmittedOperation, message: Message): Promise<void>;
  /** Adds audit events that came while the certificate was issued. */
  addPart(operation: AdmittedOperation, part: ArchivePart): Promise<void>;
  certificate(tenantId: string): Promise<DeletionCertificate | null>;
}

export const createDeletions = (pool: pg.Pool): Deletions => ({
  open: (request) => inTransaction(pool, (transaction) => open(transaction, request)),
  find: (originalRunId) => findDeletionRequest(pool, originalRunId),
  decide: (originalRunId, confirmation) => inTransaction(pool, (transaction) => decide(transaction, originalRunId, confirmation)),
  close: (originalRunId, state, reason) => close(pool, originalRunId, state, reason),
  running: (tenantId) => runningOperation(pool, tenantId),
  confirmed: async (tenantId) => {
    const newest = await newestDeletionRequest(pool, tenantId);
    return newest?.state === 'CONFIRMED' ? newest : null;
  },
  tell: (operation, message) => fenced(pool, operation, (transaction) => tell(transaction, [message])),
  certify: (operation, certificate, messages = []) => fenced(pool, operation, async (transaction, row) => {
    const tenant = await findTenant(transaction, operation.tenantId);
    if (!tenant) return;
    await transaction.query('INSERT INTO deletion_certificates (tenant_id, operation_id, certificate) VALUES ($1, $2, $3)',
      [operation.tenantId, operation.operationId, JSON.stringify(certificate)]);
    await saveOperation(transaction, row, { removedTenant: tenant });
    await deleteTenant(transaction, tenant.id);
    await tell(transaction, messages);
  }),
  addPart: (operation, part) => fenced(pool, operation, async (transaction) => {
    const certificate = await findCertificate(transaction, operation.tenantId);
    // An attempt before this one may have added it.
    if (!certificate || certificate.audit.events !== part.from) return;
    const audit = { events: part.from + part.count, parts: [...certificate.audit.parts, part] };
    await transaction.query('UPDATE deletion_certificates SET certificate = $2 WHERE tenant_id = $1', [operation.tenantId, JSON.stringify({ ...certificate, audit })]);
  }),
  certificate: (tenantId) => findCertificate(pool, tenantId),
});

/** The request of a wait; null when it has not been opened yet. */
export const findDeletionRequest = async (database: Queryable, originalRunId: string): Promise<DeletionRequestRow | null> => {
  const { rows } = await database.query<DeletionRequestRow>(`SELECT ${DELETION_REQUEST_COLUMNS} FROM deletion_requests WHERE original_run_id = $1`, [originalRunId]);
  return rows[0] ?? null;
};

/** A tenant's newest deletion request; null when there was none. */
export const newestDeletionRequest = async (database: Queryable, tenantId: string): Promise<DeletionRequestRow | null> => {
  const { rows } = await database.query<DeletionRequestRow>(
    `SELECT ${DELETION_REQUEST_COLUMNS} FROM deletion_requests WHERE tenant_id = $1 ORDER BY created_at DESC LIMIT 1`, [tenantId]);
  return rows[0] ?? null;
};

/** The verdict on the confirmation that was sent with a request id; null while there is none. */
export const findVerdict = async (database: Queryable, originalRunId: string, requestId: string): Promise<ConfirmationVerdict | null> => {
  const { rows } = await database.query<{ verdict: ConfirmationVerdict }>(
    'SELECT verdict FROM deletion_confirmations WHERE original_run_id = $1 AND request_id = $2', [originalRunId, requestId]);
  return rows[0]?.verdict ?? null;
};

/** The certificate of a deleted tenant; null when it was not deleted. */
export const findCertificate = async (database: Queryable, tenantId: string): Promise<DeletionCertificate | null> => {
  const { rows } = await database.query<{ certificate: DeletionCertificate }>(
    'SELECT certificate FROM deletion_certificates WHERE tenant_id = $1', [tenantId]);
  return rows[0]?.certificate ?? null;
};

const open = async (transaction: Transaction, request: NewDeletionRequest): Promise<DeletionRequestRow> => {
  const { originalRunId, tenantId, slug, requestedBy, approver, graceMinutes, tries, confirmationMinutes } = request;
  await lockTenant(transaction, tenantId);
  const known = await findDeletionRequest(transaction, originalRunId);
  if (known) return known;
  const tenant = await findTenant(transaction, tenantId);
  if (!tenant || tenant.slug !== slug) throw new TenantError('CONFLICT', `there is no tenant ${slug} with the id ${tenantId}`);
  if (tenant.status === 'DELETING') throw new TenantError('CONFLICT', `${slug} is being deleted already; that needs no further confirmation`);
  const { rows } = await transaction.query<DeletionRequestRow>(
    `INSERT INTO deletion_requests (original_run_id, tenant_id, slug, requested_by, approver, nonce, state, tries_left, grace_minutes, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, 'WAITING', $7, $8, clock_timestamp() + make_interval(mins => $9)) RETURNING ${DELETION_REQUEST_COLUMNS}`,
    [originalRunId, tenantId, slug, requestedBy, approver, randomBytes(16).toString('hex'), tries, graceMinutes, confirmationMinutes]);
  return rows[0]!;
};

const close = async (database: Queryable, originalRunId: string, state: DeletionRequestState, reason: string | null): Promise<void> => {
  await database.query(
    `UPDATE deletion_requests SET state = $2, reason = $3, last_updated_at = clock_timestamp()
     WHERE original_run_id = $1 AND state IN ('WAITING', 'CONFIRMED')`, [originalRunId, state, reason]);
};
