/** What the API answers with. Times are ISO 8601 in JSON; durations are seconds. */
import type { DeletionRequestState } from './deletion.ts';
import type { FailureClass, Mover } from './errors.ts';
import type { OperationKind, OperationStatus, TenantStatus } from './lifecycle.ts';
import type { Mismatch, Tenant } from './tenant.ts';

/** QUEUED: accepted, but no worker has taken it yet. */
export type VisibleStatus = TenantStatus | 'QUEUED';

export interface Links {
  self: string;
  status: string;
  stream: string;
  operations: string;
  /** The run in Temporal's Web UI, where there is one. */
  temporal?: string;
}

/** A tenant as callers see it; one that is still queued is known by little more than its name. */
export type TenantView = (Omit<Tenant, 'status'> | Pick<Tenant, 'id' | 'name' | 'slug' | 'createdAt'>) & { status: VisibleStatus; links: Links };

export type PhaseState = 'PENDING' | 'RUNNING' | 'COMPLETED' | 'FAILED' | 'CANCELLED';

export interface PhaseErrorView {
  class: FailureClass;
  message: string;
  /** Whose move it is. */
  mover: Mover;
}

export interface PhaseView {
  phase: string;
  /** The mission's number; null for a step that takes something back. */
  number: string | null;
  title: string;
  state: PhaseState;
  startedAt: string | null;
  endedAt: string | null;
  /** How long it took, or has been running; null before it starts. */
  seconds: number | null;
  /** Highest attempt of the phase's activities. */
  attempt: number;
  /** Attempts Temporal makes at most; null when unlimited or not running now. */
  maximumAttempts: number | null;
  lastError: PhaseErrorView | null;
  nextTryAt: string | null;
  /** Whether an operator has paused it. */
  paused: boolean;
}

export interface OperationView {
  runId: string;
  /** null until a worker has admitted it. */
  operationId: string | null;
  seq: number | null;
  kind: OperationKind;
  status: OperationStatus | 'QUEUED';
  actor: string;
  failureReason: string | null;
  retryCount: number;
  startedAt: Date;
  lastUpdatedAt: Date;
  endedAt: Date | null;
  temporalUrl: string;
}

/** One operation with its phases. */
export interface OperationDetailView extends OperationView {
  tenantId: string;
  slug: string;
  currentPhase: string;
  phases: PhaseView[];
  links: OperationLinks;
}

/** Where an operation is told about. */
export interface OperationLinks {
  self: string;
  stream: string;
  tenant: string;
  /** The run in Temporal's Web UI. */
  temporal: string;
}

/** The mission's state row and what a person wants to know beside it. */
export interface ProvisioningStatusView {
  tenantId: string;
  slug: string;
  tenantStatus: VisibleStatus;
  currentPhase: string;
  status: 'QUEUED' | 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';
  failureReason: string | null;
  phaseOutputs: Readonly<Record<string, unknown>>;
  startedAt: Date;
  lastUpdatedAt: Date;
  retryCount: number;
  /** Parts of the tenant that differ from its record after a failed change; null if there are none. */
  mismatch: Mismatch | null;
  /** Completed share of the documented durations, 0–100. */
  percent: number;
  /** Seconds left by the documented durations, least and most; null when nothing is running. */
  estimate: { minSeconds: number; maxSeconds: number } | null;
  phases: PhaseView[];
  /** The run that is at work, or was last. */
  operation: Pick<OperationView, 'kind' | 'runId' | 'actor' | 'temporalUrl'> | null;
  links: Links;
}

/** What exists of a tenant: the outputs of the phases that made it; null for what is not there, or not any more. */
export interface ResourcesView {
  tenantId: string;
  slug: string;
  namespace: Readonly<Record<string, unknown>> | null;
  secrets: Readonly<Record<string, unknown>> | null;
  database: Readonly<Record<string, unknown>> | null;
  services: Readonly<Record<string, unknown>> | null;
  ingress: Readonly<Record<string, unknown>> | null;
  configuration: Readonly<Record<string, unknown>> | null;
  registrations: Readonly<Record<string, unknown>> | null;
}

export interface PageView<T> {
  data: T[];
  pagination: { page: number; size: number; total: number; totalPages: number; hasNext: boolean; hasPrevious: boolean };
}

/** Where the request to delete a tenant stands. */
export type DeletionRequestView = { state: 'QUEUED'; reason: null } | {
  state: DeletionRequestState;
  /** Why it ended, where there is more to say than the state does. */
  reason: string | null;
  requestedBy: string;
  /** A second admin whose code is needed too. */
  approver: string | null;
  confirmedBy: readonly string[];
  triesLeft: number;
  gracePeriodMinutes: number;
  createdAt: Date;
  expiresAt: Date;
  /** On the local stack alone, where no mailbox receives it. */
  code?: string;
};
