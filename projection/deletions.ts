import type pg from 'pg';
import type { ConfirmationVerdict, ConfirmedTenant } from '../tenant/deletion.ts';
import type { ArchivePart, DeletionCertificate } from '../tenant/deletion-certificate.ts';
import type { Message } from '../tenant/messages.ts';
import { standingOf } from './confirmed-tenant.ts';
import { decide, type JudgedConfirmation, runningOperation } from './deletion-confirmations.ts';
import { confirmedRequest, endRequest, findDeletionRequest, type NewDeletionRequest, openRequest, type RequestEnd } from './deletion-requests.ts';
import type { DeletionRequestRow } from './deletion-rows.ts';
import { fenced } from './fence.ts';
import type { AdmittedOperation } from './interface.ts';
import { tell } from './outbox.ts';
import { inTransaction, type Queryable } from './pool.ts';
import { saveOperation } from './state.ts';
import { deleteTenant, findTenant } from './tenants.ts';

/** The rows of deletions: the requests with their confirmations, and the certificates. */
export interface Deletions {
  /** Opens a request with a fresh nonce, or finds it. CONFLICT when the tenant is not there or is being deleted already. */
  open(request: NewDeletionRequest): Promise<DeletionRequestRow>;
  find(originalRunId: string): Promise<DeletionRequestRow | null>;
  /** Decides on a confirmation, in one transaction; asked again about the same one it says the same. */
  decide(originalRunId: string, confirmation: JudgedConfirmation): Promise<ConfirmationVerdict>;
  /**
   * Ends a request that left the tenant untouched; returns how it ended, null when there is none. One that has ended before keeps its state, and
   * so does a confirmed one whose deletion has begun.
   */
  close(originalRunId: string, end: RequestEnd): Promise<DeletionRequestRow | null>;
  /** Describes the tenant of a confirmed request. `suspensionRunId`: the run by which the wait suspended it. */
  standing(originalRunId: string, suspensionRunId: string | undefined): Promise<ConfirmedTenant>;
  /** Records why the code of an open request did not reach its admin. */
  noteUnsent(originalRunId: string, reason: string): Promise<void>;
  /** The operation that is running on a tenant, in words; null when none is. */
  running(tenantId: string): Promise<string | null>;
  /** The newest confirmed request of a tenant; null when there is none. */
  confirmed(tenantId: string): Promise<DeletionRequestRow | null>;
  /**
   * Issues the certificate, removes the tenant's record and writes the messages about it, in one transaction. An issued certificate stays
   * unchanged.
   */
  certify(operation: AdmittedOperation, certificate: DeletionCertificate, messages?: readonly Message[]): Promise<void>;
  /** Writes a message about the deletion before its certificate is issued. */
  tell(operation: AdmittedOperation, message: Message): Promise<void>;
  /** Adds audit events that came while the certificate was issued. */
  addPart(operation: AdmittedOperation, part: ArchivePart): Promise<void>;
  certificate(tenantId: string): Promise<DeletionCertificate | null>;
}

export const createDeletions = (pool: pg.Pool): Deletions => ({
  open: (request) => inTransaction(pool, (transaction) => openRequest(transaction, request)),
  find: (originalRunId) => findDeletionRequest(pool, originalRunId),
  decide: (originalRunId, confirmation) => inTransaction(pool, (transaction) => decide(transaction, originalRunId, confirmation)),
  close: async (originalRunId, end) => {
    const known = await findDeletionRequest(pool, originalRunId);
    return known && inTransaction(pool, (transaction) => endRequest(transaction, originalRunId, end));
  },
  standing: (originalRunId, suspensionRunId) => inTransaction(pool, (transaction) => standingOf(transaction, originalRunId, suspensionRunId)),
  noteUnsent: async (originalRunId, reason) => {
    await pool.query(`UPDATE deletion_requests SET reason = $2 WHERE original_run_id = $1 AND state = 'WAITING'`, [originalRunId, reason]);
  },
  running: (tenantId) => runningOperation(pool, tenantId),
  confirmed: (tenantId) => confirmedRequest(pool, tenantId),
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
