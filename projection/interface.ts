import type { FailureClass } from '../tenant/errors.ts';
import type { OperationKind } from '../tenant/lifecycle.ts';
import type { Holdings } from '../tenant/ownership.ts';
import type { CreateTenant, Tenant } from '../tenant/tenant.ts';
import type { Violation } from '../tenant/violations.ts';
import type { Message } from '../tenant/messages.ts';
import type { Deletions } from './deletions.ts';
import type { Outbox } from './outbox.ts';

/** The Temporal run an activity belongs to. */
export interface RunRef {
  tenantId: string;
  slug: string;
  kind: OperationKind;
  workflowId: string;
  runId: string;
  /** Kept by a reset, which changes `runId`: how a continued operation is told from an old one. */
  originalRunId: string;
  /** Who asked: the token's subject, or `temporal` for a run started past the API. */
  actor: string;
  /** The API call that started the run; undefined for a run started outside the API. */
  requestId?: string | undefined;
}

/** One attempt of one activity. */
export interface AttemptRef {
  activityId: string;
  /** Counted by Temporal from 1, also after a reset of the activity. */
  attempt: number;
  /** Milliseconds since 1970 at which Temporal scheduled the attempt. Of two attempts the later scheduled one is current. */
  scheduledAt: number;
}

/** What a completed phase left behind for the API, retries and deletion. No secret values. */
export type PhaseOutput = Readonly<Record<string, unknown>>;

export interface AdmittedOperation extends RunRef {
  /** Stays the same through retries and resets of an unfinished operation; effect ids derive from it. */
  operationId: string;
  seq: number;
  /** Whether the operation has runs before this one, which may have left things this run did not make. */
  isContinuation: boolean;
  tenant: Tenant;
  /** Outputs of the completed phases, by phase id. */
  phaseOutputs: Readonly<Record<string, PhaseOutput>>;
}

export interface PhaseError {
  failureClass: FailureClass;
  message: string;
}

/** How an operation ended, if not by success of its last phase. */
export interface OperationEnd {
  status: 'FAILED' | 'CANCELLED';
  failureReason?: string;
  /** The tenant is removed too: everything the operation made is gone. */
  removesTenant?: boolean;
  /** The run ended outside the service, so its activities may still be running. */
  unclean?: boolean;
  /** Another run continues the provisioning at once, so its tenant does not become FAILED. */
  resumed?: boolean;
  /**
   * Parts of a living tenant that a compensation could not restore, each with the reason. Absent without a compensation: then every changed
   * part counts.
   */
  unrestored?: Readonly<Record<string, string>>;
}

/** End of a creation that was never admitted and has no row. */
export interface UnadmittedEnd {
  status: 'FAILED' | 'CANCELLED' | 'REFUSED';
  /** Defaults to the violations as text. */
  failureReason?: string;
  violations?: readonly Violation[];
}

export interface TenantChange extends Partial<Pick<Tenant, 'status' | 'tier' | 'quota' | 'configuration' | 'ingressIp' | 'dnsZone' | 'mismatch'>> {
  holdings?: Holdings;
}

/** The rows behind tenants, tenant_provisioning_state and tenant_operations, as the wrapper round each activity writes them. */
export interface Projection {
  /** Requests to delete tenants, their confirmations, and the certificates of those that were deleted. */
  readonly deletions: Deletions;
  /**
   * First activity of a provisioning: inserts tenant, state and operation in one transaction; unique indexes decide races.
   * Called again by the same run or a retry it finds its own rows. On a conflict nothing is inserted and every violation is named.
   */
  admitCreation(run: RunRef, request: CreateTenant, environment: string): Promise<{ operation: AdmittedOperation } | { violations: Violation[] }>;
  /** Takes a refused creation back: tenant and state rows go, the operation is REFUSED with the violations. */
  refuseCreation(operation: AdmittedOperation, violations: readonly Violation[]): Promise<void>;
  /**
   * Records the end of a creation that was accepted and never admitted, so that callers can read it by id. Returns whether it was recorded.
   * It is not recorded beside another operation of the tenant, nor for a run under another workflow id than the slug's.
   */
  recordUnadmitted(run: RunRef, slug: string, end: UnadmittedEnd): Promise<boolean>;
  /**
   * Admits an activity of a run, immediately before its effects. At the first sight of a run id the operation's row is inserted with
   * the tenant's next `seq`, if the original run belongs to the tenant's newest operation (a reset), or if no run has it yet and the
   * kind is legal now (for a retry of the same unfinished kind `operationId` is kept, `retryCount` counted, status back to IN_PROGRESS).
   * Throws TenantError SUPERSEDED for anything older or closed, CONFLICT with `details: { status, legal }` when the kind is not legal.
   */
  admit(run: RunRef): Promise<AdmittedOperation>;
  /**
   * Records the entry into a phase. The time of the first entry is kept within a run. Refuses a run that is not the newest (SUPERSEDED).
   * Refuses an attempt with a successor (UNAVAILABLE), because Temporal no longer waits for its answer.
   */
  enterPhase(operation: AdmittedOperation, phase: string, attempt: AttemptRef): Promise<void>;
  /** Merges the phase's output into `phaseOutputs` (in SQL) and clears its error; moves `currentPhase` on. */
  completePhase(operation: AdmittedOperation, phase: string, output: PhaseOutput, attempt: AttemptRef): Promise<void>;
  /**
   * Records the phase's last error; a later success of the phase clears it. Adds `costMs` to the activity's time in trouble. @returns that
   * time in milliseconds; in a compensation, the sum of all its activities
   */
  failPhase(operation: AdmittedOperation, phase: string, error: PhaseError, costMs: number, attempt: AttemptRef): Promise<number>;
  /** Throws like `enterPhase` if the run is not the newest or the attempt has a successor. */
  assertCurrent(operation: AdmittedOperation, phase: string, attempt: AttemptRef): Promise<void>;
  /**
   * Ends the operation's row, and with PROVISIONING and ROLLBACK the state row. FAILED of a provisioning makes the tenant FAILED. Hands the
   * operation out with the tenant as it then is, also when it ended in the same way before. Throws like `admit`, and SUPERSEDED once it has completed.
   */
  closeOperation(run: RunRef, end: OperationEnd): Promise<AdmittedOperation>;
  /**
   * Changes the tenant's status if the transition table allows it (else CONFLICT), and stores the change's facts. Holdings are merged into
   * the stored ones; an undefined holding is removed. Messages about the change are made from the tenant before and after it, and written
   * in the same transaction.
   */
  updateTenant(operation: AdmittedOperation, change: TenantChange, messages?: MessagesOf): Promise<Tenant>;
  /** Messages that wait for delivery. */
  readonly outbox: Outbox;
  /** Revokes all tokens of the tenant issued until now, for our own API; returns that time, or a later one that was set already. */
  revokeTokens(operation: AdmittedOperation, reason: string): Promise<Date>;
  /** Removes the tenant and its state row after a complete rollback or cancel, with the messages about it. The operations stay. */
  removeTenant(operation: AdmittedOperation, messages?: readonly Message[]): Promise<void>;
}

/** Makes the messages about a change of a tenant. */
export type MessagesOf = (after: Tenant, before: Tenant) => readonly Message[];
