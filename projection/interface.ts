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
  /** The API call that started the run; undefined for a run that was started past the API. */
  requestId?: string | undefined;
}

/** One attempt of one activity. */
export interface AttemptRef {
  activityId: string;
  /** Counted by Temporal from 1, also after a reset of the activity. */
  attempt: number;
  /** Milliseconds since 1970 at which Temporal scheduled the attempt: of two attempts the one scheduled later counts. */
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
  /** The tenant goes with it: everything the operation made was removed again. */
  removesTenant?: boolean;
  /** The run was ended without the service, so that its activities may be at work for a while. */
  unclean?: boolean;
  /** Another run goes on with the provisioning at once, so that its tenant does not become FAILED. */
  resumed?: boolean;
}

/** How a creation ended that was never admitted, so that it has no row yet. */
export interface UnadmittedEnd {
  status: 'FAILED' | 'CANCELLED' | 'REFUSED';
  /** The violations in words, when it is left out. */
  failureReason?: string;
  violations?: readonly Violation[];
}

export interface TenantChange extends Partial<Pick<Tenant, 'status' | 'tier' | 'quota' | 'configuration' | 'ingressIp' | 'dnsZone'>> {
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
   * Records how a creation ended that was accepted for starting and never admitted, so that it can be read by its id. Returns whether it was
   * recorded: not beside another operation of the tenant, and not for a run under another workflow id than the slug's.
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
   * Records that a phase was entered; the first entry's time is kept within a run. Refuses what is not the newest run (SUPERSEDED), and an
   * attempt that has a successor (UNAVAILABLE: Temporal no longer waits for its answer).
   */
  enterPhase(operation: AdmittedOperation, phase: string, attempt: AttemptRef): Promise<void>;
  /** Merges the phase's output into `phaseOutputs` (in SQL) and clears its error; moves `currentPhase` on. */
  completePhase(operation: AdmittedOperation, phase: string, output: PhaseOutput, attempt: AttemptRef): Promise<void>;
  /**
   * Keeps the phase's last error; a later success of the phase clears it. `costMs` is added to the time for which the activity has been
   * failing. @returns that time in milliseconds
   */
  failPhase(operation: AdmittedOperation, phase: string, error: PhaseError, costMs: number, attempt: AttemptRef): Promise<number>;
  /** Throws as `enterPhase` does if the attempt may change nothing more: its run is not the newest, or it has a successor. */
  assertCurrent(operation: AdmittedOperation, phase: string, attempt: AttemptRef): Promise<void>;
  /**
   * Ends the operation's row, and with PROVISIONING and ROLLBACK the state row. FAILED of a provisioning makes the tenant FAILED. Hands the
   * operation out with the tenant as it then is, also when it ended in the same way before. Throws like `admit`, and SUPERSEDED once it has completed.
   */
  closeOperation(run: RunRef, end: OperationEnd): Promise<AdmittedOperation>;
  /**
   * Moves the tenant's status if the transition table allows it (else CONFLICT), and writes the facts learned on the way. Holdings are merged
   * into those that are there; one that is undefined is forgotten. The messages that tell of the change, made from the tenant before and
   * after it, are written in the same transaction.
   */
  updateTenant(operation: AdmittedOperation, change: TenantChange, messages?: MessagesOf): Promise<Tenant>;
  /** The messages that wait for their delivery. */
  readonly outbox: Outbox;
  /** Revokes all tokens of the tenant issued until now, for our own API; returns that time, or a later one that was set already. */
  revokeTokens(operation: AdmittedOperation, reason: string): Promise<Date>;
  /** Removes the tenant and its state row after a complete rollback or cancel, with the messages that tell of it; the operations stay. */
  removeTenant(operation: AdmittedOperation, messages?: readonly Message[]): Promise<void>;
}

/** Makes the messages that tell of a change of a tenant. */
export type MessagesOf = (after: Tenant, before: Tenant) => readonly Message[];
