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

/** Input of every activity of the wait. */
export interface DeletionRequestInput extends OperationInput, DeletionRequest {}

/** Signal that confirms the deletion: a code, or a `Confirmation`. */
export const CONFIRM_DELETION_SIGNAL = 'confirmDeletion';
/** Signal that calls the deletion off. */
export const CANCEL_DELETION_SIGNAL = 'cancelDeletion';

/** Signal that closes the wait of an ended request before its tenant is restored, because the deletion is requested anew. */
export const MAKE_ROOM_SIGNAL = 'makeRoom';

export interface Confirmation {
  code: string;
  /** Id by which the sender finds the verdict. */
  requestId?: string;
  /** The sender; trusted only with the API's signature. */
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
 * needed, and only the API proves the sender. BUSY: another operation is running. CLOSED: the request no longer waits.
 */
export type ConfirmationOutcome = 'ACCEPTED' | 'ONE_OF_TWO' | 'WRONG' | 'UNSIGNED' | 'BUSY' | 'CLOSED';

/**
 * Operations that may begin between the confirmation of a deletion and its beginning. Any other operation would change the confirmed
 * tenant or revive it, so the deletion has to be called off first.
 */
const LEGAL_WHILE_CONFIRMED: ReadonlySet<OperationKind> = new Set(['SUSPENSION', 'DELETION']);

export const isLegalWhileConfirmed = (kind: OperationKind): boolean => LEGAL_WHILE_CONFIRMED.has(kind);

/** Reason of a request whose wait was reset after the confirmation: the run that is reset cannot tell how far the one before had come. */
export const WAIT_RESET = 'its wait was reset after the confirmation';

export interface ConfirmationVerdict {
  outcome: ConfirmationOutcome;
  triesLeft: number;
  /** The running operation for BUSY, the reason for CLOSED. */
  reason?: string;
  /** For ACCEPTED: whether the tenant can be suspended for the grace period. Only an ACTIVE tenant can. */
  suspendable?: boolean;
}

/** Result of the wait's first activity. */
export interface OpenedDeletionRequest {
  /** Time left for the confirmation. */
  confirmationSeconds: number;
  tries: number;
  gracePeriodMinutes: number;
  heartbeatTimeoutSeconds: number;
}

export interface CheckConfirmationInput extends DeletionRequestInput {
  /** Counts the run's confirmations from 1, to distinguish a repeated check from a second confirmation. */
  number: number;
  confirmation: Confirmation;
}

/** States of a request that left the tenant untouched. */
export type ClosedRequestState = Exclude<DeletionRequestState, 'WAITING' | 'CONFIRMED'>;

export interface CloseDeletionRequestInput extends DeletionRequestInput {
  state: ClosedRequestState;
  /** Defaults for REFUSED to the operation in progress. */
  reason?: string;
}

export interface ConfirmedTenantInput extends DeletionRequestInput {
  /** The run by which the wait suspended the tenant. */
  suspensionRunId?: string;
}

/** State of a tenant whose deletion was confirmed. */
export interface ConfirmedTenant {
  /** Whether the tenant is suspended because the wait suspended it. */
  suspendedByWait: boolean;
  /** Difference from the tenant at the confirmation; null if there is none. */
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
