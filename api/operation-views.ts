import type { OperationRow } from '../projection/rows.ts';
import type { ApiSettings } from '../settings/api.ts';
import type { OperationDetailView, OperationView } from '../tenant/views.ts';
import { temporalUrl } from './links.ts';
import { phaseViews } from './phase-views.ts';
import type { PendingActivity } from './runs.ts';

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
});
