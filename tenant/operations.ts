import type { OperationKind, TenantStatus } from './lifecycle.ts';
import type { CreateTenant, TenantConfiguration } from './tenant.ts';
import type { Violation } from './violations.ts';

/** What every operation's workflow is started with. */
export interface OperationRequest {
  tenantId: string;
  slug: string;
  /** The token's subject; believed only for the record. */
  actor: string;
  /** The API call that starts the run. A repetition of the call finds the run by it. */
  requestId?: string;
}

/** What every activity of an operation gets from its workflow. */
export interface OperationInput extends OperationRequest {
  kind: OperationKind;
  /** Kept by a reset, which changes the run id. */
  originalRunId: string;
}

/** Starts a provisioning, or a retry of one: phases that are completed are skipped. */
export interface ProvisionTenant extends OperationRequest {
  tenant: CreateTenant;
}

export interface ValidateInput extends OperationInput {
  tenant: CreateTenant;
}

/** What VALIDATE found. */
export type ValidationVerdict = ({ accepted: true } & Admitted) | { accepted: false; violations: Violation[] };

/** What the first activity of an operation tells its workflow: facts it cannot know, recorded in its history. */
export interface Admitted {
  /** Phases that an earlier run of this operation completed. */
  completed: string[];
  /** Whether the operation has runs before this one, which may have left things this run did not make. */
  isContinuation: boolean;
  /** Whether the tenant is ACTIVE already. Then the provisioning only finishes and ignores a cancel. */
  committed: boolean;
  /** The worker's HEARTBEAT_TIMEOUT_SECONDS. */
  heartbeatTimeoutSeconds: number;
  /** The longest wait of one attempt, by the worker's settings. */
  longestWaitSeconds: number;
}

export interface DeployServiceInput extends OperationInput {
  service: string;
}

export interface AwaitWaveInput extends OperationInput {
  wave: number;
  /** Whether it is the last wave, so that its end completes the phase. */
  last: boolean;
}

/** Starts a reconfiguration: all overrides of the tenant, in place of those it has. */
export interface ReconfigureTenant extends OperationRequest {
  configuration: TenantConfiguration;
}

export interface ReconfigureInput extends OperationInput {
  configuration: TenantConfiguration;
}

export interface CloseOperationInput extends OperationInput {
  end: 'FAILED' | 'CANCELLED';
  reason: string;
  /** Whether everything the operation made was removed again: then a cancelled provisioning's tenant is gone. */
  undone: boolean;
  /** Parts that could not be restored, each with the reason; absent without a compensation. */
  unrestored?: Readonly<Record<string, string>>;
}

export type StepState = 'PENDING' | 'RUNNING' | 'COMPLETED' | 'SKIPPED' | 'FAILED' | 'CANCELLED';

/** One line of the checklist in the Web UI and of the `progress` query. */
export interface StepProgress {
  step: string;
  title: string;
  state: StepState;
  /** ISO 8601. */
  startedAt?: string;
  endedAt?: string;
}

export type ProvisioningResult =
  | { result: 'ACTIVE'; tenantId: string; slug: string }
  | { result: 'REFUSED'; violations: Violation[] };

export interface RemovalResult {
  result: 'REMOVED';
  tenantId: string;
  slug: string;
}

/** How a suspension or a reactivation leaves its tenant. */
export interface StatusResult<Status extends TenantStatus> {
  result: Status;
  tenantId: string;
  slug: string;
}

export interface ReconfigurationResult {
  tenantId: string;
  slug: string;
}

/** Name of the update by which a creation learns VALIDATE's verdict, and a change of tier CHECK_FIT's. */
export const VERDICT_UPDATE = 'verdict';

/** Name of the signal that abandons a compensation. Parts not restored by then stay, and the tenant's record names them. */
export const ABANDON_COMPENSATION_SIGNAL = 'abandonCompensation';

/** Name of the query for `StepProgress[]`. */
export const PROGRESS_QUERY = 'progress';
