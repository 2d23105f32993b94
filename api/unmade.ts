import type { OperationRow } from '../projection/rows.ts';
import type { TenantRequest } from '../projection/requests.ts';
import type { ApiDependencies } from './dependencies.ts';
import { Problem } from './problems.ts';
import { endOf, type RunEnd } from './run-end.ts';
import type { RunDescription } from './runs.ts';

/** A creation that ended without a tenant, and why. */
export interface Unmade extends RunEnd {
  tenantId: string;
  slug: string;
  workflowId: string;
  runId: string;
  actor: string;
  startedAt: Date;
  endedAt: Date;
  progress: OperationRow['progress'];
}

/** The creation that made no tenant, by its row; null for a tenant that existed and was removed. */
export const unmadeByRow = (row: OperationRow): Unmade | null => {
  const { tenantId, slug, workflowId, runId, actor, kind, status, failureReason, removedTenant, startedAt, lastUpdatedAt, endedAt, progress } = row;
  if (kind !== 'PROVISIONING' || removedTenant !== null || status === 'IN_PROGRESS') return null;
  return { tenantId, slug, workflowId, runId, actor, status, reason: failureReason, startedAt, endedAt: endedAt ?? lastUpdatedAt, progress };
};

/** The creation that no worker has recorded, by its run in Temporal; null if it succeeded and its tenant was removed long ago. */
export const unmadeByRun = async ({ temporal }: ApiDependencies, { tenantId, slug }: TenantRequest, run: RunDescription): Promise<Unmade | null> => {
  const { workflowId, runId, startedAt, endedAt } = run;
  const end = await endOf(temporal, run);
  return end.status === 'COMPLETED' ? null : { tenantId, slug, workflowId, runId, actor: '', startedAt, endedAt: endedAt ?? startedAt, progress: {}, ...end };
};

/** The 404 for the tenant of such a creation. */
export const unmadeProblem = ({ tenantId, slug, status, reason, runId }: Unmade): Problem =>
  new Problem('TENANT_NOT_FOUND', `there is no tenant ${tenantId}: the creation of ${slug} ended ${status}${reason ? `: ${reason}` : ''}`, {
    extensions: { operation: { kind: 'PROVISIONING', status, runId } },
  });
