import type { OperationKind } from './lifecycle.ts';
import type { OperationInput, OperationRequest } from './operations.ts';

/** A grace period may be up to 30 days. */
export const MOST_GRACE_MINUTES = 30 * 24 * 60;

/** Starts the wait for a deletion's confirmation. */
export interface DeletionRequest extends OperationRequest {
  /** A second platform admin: then both must confirm, each with a code of their own, through the API. */
  approver?: string;
  /** Minutes between the confirmation and the deletion, in which it can be called off; the tenant is suspended meanwhile. */
  gracePeriodMinutes?: number;
}

/** What every activity of the wait gets. */
export interface DeletionRequestInput extends OperationInput, DeletionRequest {}

/** Signal of the customer's choice: a code, or a `Confirmation`. */
export const CONFIRM_DELETION_SIGNAL = 'confirmDeletion';
/** Signal that calls the deletion off. */
export const CANCEL_DELETION_SIGNAL = 'cancelDeletion';

/** Signal that lets a wait close whose request has ended, though its tenant is not given back yet: its deletion is requested anew. */
export const MAKE_ROOM_SIGNAL = 'makeRoom';

export interface Confirmation {
  code: string;
  /** By which the sender finds the verdict. */
  requestId?: string;
  /** Who sends it; believed only with the API's signature. */
  actor?: string;
  signature?: string;
}

/** The confirmation in a signal's argument; undefined when it carries no code. */
export const confirmationOf = (argument: unknown): Confirmation | undefined => {
  if (typeof argument === 'string') return { code: argument };
  if (typeof argument !== 'object' || argument === null) return undefined;
  const text = (name: keyof Confirmation): string | undefined => {
    const value = (argument as Record<string, unknown>)[name];
    return typeof value === 'string' ? value : undefined;
  };
  const [code, requestId, actor, signature] = [text('code'), text('requestId'), text('actor'), text('signature')];
  return code === undefined ? undefined : { code, ...(requestId && { requestId }), ...(actor && { actor }), ...(signature && { signature }) };
};

/** CONFIRMED lasts through the grace period and after; every other state but WAITING left the tenant untouched. */
export const DELETION_REQUEST_STATES = ['WAITING', 'CONFIRMED', 'CALLED_OFF', 'EXPIRED', 'TRIES_EXHAUSTED', 'REFUSED'] as const;
export type DeletionRequestState = (typeof DELETION_REQUEST_STATES)[number];

/**
 * ACCEPTED: the deletion is confirmed. ONE_OF_TWO: the other admin's code is still awaited. WRONG: costs a try. UNSIGNED: two admins are
 * needed, and only the API can say who sent it. BUSY: another operation is running. CLOSED: the request waits no more.
 */
export type ConfirmationOutcome = 'ACCEPTED' | 'ONE_OF_TWO' | 'WRONG' | 'UNSIGNED' | 'BUSY' | 'CLOSED';

/**
 * Operations that may begin between the confirmation of a deletion and its beginning. Any other would change what was confirmed, or bring a
 * tenant to life that is then deleted: the deletion is called off first.
 */
const LEGAL_WHILE_CONFIRMED: ReadonlySet<OperationKind> = new Set(['SUSPENSION', 'DELETION']);

export const isLegalWhileConfirmed = (kind: OperationKind): boolean => LEGAL_WHILE_CONFIRMED.has(kind);

/** Reason of a request whose wait was reset after the confirmation: the run that is reset cannot tell how far the one before had come. */
export const WAIT_RESET = 'its wait was reset after the confirmation';

export interface ConfirmationVerdict {
  outcome: ConfirmationOutcome;
  triesLeft: number;
  /** For BUSY the running operation, for CLOSED why. */
  reason?: string;
  /** For ACCEPTED: whether the tenant can be suspended for the grace period, which only an active one can. */
  suspendable?: boolean;
}

/** What the first activity of the wait tells its workflow. */
export interface OpenedDeletionRequest {
  /** Time left for the confirmation. */
  confirmationSeconds: number;
  tries: number;
  gracePeriodMinutes: number;
  heartbeatTimeoutSeconds: number;
}

export interface CheckConfirmationInput extends DeletionRequestInput {
  /** Counts the run's confirmations from 1, so that a repeated check is told from a second one. */
  number: number;
  confirmation: Confirmation;
}

/** States of a request that left the tenant untouched. */
export type ClosedRequestState = Exclude<DeletionRequestState, 'WAITING' | 'CONFIRMED'>;

export interface CloseDeletionRequestInput extends DeletionRequestInput {
  state: ClosedRequestState;
  /** Left out for REFUSED, it names the operation that is at work. */
  reason?: string;
}

export interface ConfirmedTenantInput extends DeletionRequestInput {
  /** The run by which the wait suspended the tenant. */
  suspensionRunId?: string;
}

/** How a tenant stands whose deletion was confirmed. */
export interface ConfirmedTenant {
  /** Whether the tenant is suspended, and was not before the wait suspended it. */
  suspendedByWait: boolean;
  /** How the tenant differs from the one whose deletion was confirmed; null when it does not. */
  departure: string | null;
}

export interface DeletionWaitResult {
  result: DeletionRequestState;
  reason?: string;
}

export interface DeletionResult {
  result: 'DELETED';
  tenantId: string;
  slug: string;
}

/** A blob of audit events in long-term storage: one JSON object a line. */
export interface ArchivePart {
  name: string;
  url: string;
  /** Position of the first event in the tenant's audit log, oldest first. */
  from: number;
  count: number;
  bytes: number;
  /** Of the blob, in hexadecimal. */
  sha256: string;
  /** Blob that says the same of this one. */
  manifest: string;
}

/** What is left as proof of a deletion. */
export interface DeletionCertificate {
  tenantId: string;
  slug: string;
  name: string;
  operationId: string;
  requestedBy: string;
  confirmedBy: readonly string[];
  tenantCreatedAt: string;
  deletionStartedAt: string;
  issuedAt: string;
  /** What each step removed. */
  removed: Readonly<Record<string, unknown>>;
  /** What the scan found of the tenant in each system; all zero. */
  residue: Readonly<Record<string, number>>;
  audit: { events: number; parts: readonly ArchivePart[] };
  /** Days for which Temporal keeps the histories of the tenant's operations; null when it did not say. */
  historyRetentionDays: number | null;
}
