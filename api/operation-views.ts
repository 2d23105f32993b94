import type { OperationRow } from '../projection/rows.ts';
import type { ApiSettings } from '../settings/api.ts';
import type { OperationDetailView, OperationView } from '../tenant/views.ts';
import { operationLinksOf, temporalUrl } from './links.ts';
import { phaseViews } from './phase-views.ts';
import type { OperationKind } from '../tenant/lifecycle.ts';
import { OPERATION_STEPS } from '../tenant/steps.ts';
import type { RunEnd } from './run-end.ts';
import type { PendingActivity, RunDescription } from './runs.ts';

/** An operation in a list. */
export const operationView = (settings: ApiSettings, row: OperationRow): OperationView => {
  const { runId, operationId, seq, kind, status, actor, failureReason, retryCount, startedAt, lastUpdatedAt, endedAt } = row;
  const url = temporalUrl(settings, row.workflowId, runId);
  return { runId, operationId, seq, kind, status, actor, failureReason, retryCount, startedAt, lastUpdatedAt, endedAt, temporalUrl: url };
};

/** An operation with its phases. */
export const operationDetailView = (settings: ApiSettings, row: OperationRow, pending: readonly PendingActivity[]): OperationDetailView => ({
  ...operationView(settings, row),
  tenantId: row.tenantId,
  slug: row.slug,
  currentPhase: row.currentPhase,
  phases: phaseViews(row.kind, row.progress, pending),
  links: operationLinksOf(settings, row.tenantId, row.workflowId, row.runId),
});

/** View of a run that Temporal has and the projection has not. No worker has taken it yet, or it ended (`end`) without an admission. */
export const unadmittedView = (
  settings: ApiSettings, { workflowId, runId, startedAt, endedAt }: RunDescription, kind: OperationKind, tenant: { id: string; slug: string }, end: RunEnd | null,
): OperationDetailView => ({
  runId, operationId: null, seq: null, kind, status: end?.status ?? 'QUEUED', actor: '', failureReason: end?.reason ?? null,
  retryCount: 0, startedAt, lastUpdatedAt: endedAt ?? startedAt, endedAt: endedAt ?? null, temporalUrl: temporalUrl(settings, workflowId, runId),
  tenantId: tenant.id, slug: tenant.slug, currentPhase: OPERATION_STEPS[kind][0]!, phases: phaseViews(kind, {}, []),
  links: operationLinksOf(settings, tenant.id, workflowId, runId),
});
