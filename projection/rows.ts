import type { OperationKind, OperationStatus } from '../tenant/lifecycle.ts';
import type { Tenant } from '../tenant/tenant.ts';
import type { Violation } from '../tenant/violations.ts';
import type { PhaseOutput } from './interface.ts';
import type { Progress } from './progress.ts';

/** Columns of `tenants`, named as the domain names them. */
export const TENANT_COLUMNS = `
  id, name, slug, tier, status, admin_email AS "adminEmail", cloud_provider AS "cloudProvider", region, environment, namespace,
  quota, configuration, settings, ingress_ip AS "ingressIp", dns_zone AS "dnsZone", holdings, created_at AS "createdAt", updated_at AS "updatedAt",
  activated_at AS "activatedAt", mismatch`;

/** A row of `tenant_operations`. */
export interface OperationRow {
  runId: string;
  tenantId: string;
  seq: number;
  operationId: string;
  kind: OperationKind;
  actor: string;
  workflowId: string;
  originalRunId: string;
  slug: string;
  currentPhase: string;
  status: OperationStatus;
  failureReason: string | null;
  phaseOutputs: Record<string, PhaseOutput>;
  progress: Progress;
  violations: Violation[] | null;
  removedTenant: Tenant | null;
  retryCount: number;
  /** Whether the operation has runs before this one: it is a retry of theirs, or a reset. */
  isContinuation: boolean;
  /** Seconds left, by the database's clock, until the activities of an uncleanly ended previous run have surely stopped. */
  waitSeconds: number;
  /** Whether the run was terminated, timed out or reset. Then its activities may run for a while after `endedAt`. */
  endedUncleanly: boolean;
  /** The API call that started the run; null for a run started outside the API. */
  requestId: string | null;
  startedAt: Date;
  lastUpdatedAt: Date;
  endedAt: Date | null;
  /** `lastUpdatedAt` in whole microseconds: grows with every change, so that a reader can tell a newer state. */
  version: string;
}

export const OPERATION_COLUMNS = `
  run_id AS "runId", tenant_id AS "tenantId", seq, operation_id AS "operationId", kind, actor, workflow_id AS "workflowId",
  original_run_id AS "originalRunId", slug, current_phase AS "currentPhase", status, failure_reason AS "failureReason",
  phase_outputs AS "phaseOutputs", progress, violations, removed_tenant AS "removedTenant", retry_count AS "retryCount",
  greatest(0, ceil(extract(epoch FROM admissible_at - clock_timestamp())))::int AS "waitSeconds", ended_uncleanly AS "endedUncleanly",
  request_id AS "requestId", started_at AS "startedAt", last_updated_at AS "lastUpdatedAt", ended_at AS "endedAt",
  EXISTS (SELECT FROM tenant_operations earlier
    WHERE earlier.operation_id = tenant_operations.operation_id AND earlier.seq < tenant_operations.seq) AS "isContinuation",
  (extract(epoch FROM last_updated_at) * 1000000)::bigint::text AS version`;

/** A tenant kept as JSON has its times as text. */
export const tenantFromJson = (json: Tenant): Tenant => ({
  ...json, createdAt: new Date(json.createdAt), updatedAt: new Date(json.updatedAt), activatedAt: json.activatedAt && new Date(json.activatedAt),
});
