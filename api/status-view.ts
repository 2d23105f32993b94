import { findProvisioning, type Provisioning } from '../projection/queries.ts';
import type { OperationKind } from '../tenant/lifecycle.ts';
import { workflowIdOf } from '../tenant/names.ts';
import type { ProvisioningStatusView } from '../tenant/views.ts';
import type { ApiDependencies } from './dependencies.ts';
import { percentOf, remainingSeconds } from './estimate.ts';
import { linksOf, temporalUrl } from './links.ts';
import { phaseViews } from './phase-views.ts';
import { Problem } from './problems.ts';
import type { RunDescription } from './runs.ts';
import type { Versioned } from './versioned.ts';
import type { Unmade } from './unmade.ts';
import { findKnownTenant, type VisibleTenant } from './visible-tenant.ts';

/** Kinds whose phases are a provisioning's, or take it back. */
const KINDS: readonly OperationKind[] = ['PROVISIONING', 'REPROVISION', 'ROLLBACK'];

/** Where a tenant's provisioning stands. With Temporal away it answers without attempts, next tries and pauses. */
export const provisioningStatus = async (dependencies: ApiDependencies, tenantId: string): Promise<Versioned<ProvisioningStatusView>> => {
  const known = await findKnownTenant(dependencies, tenantId);
  if ('unmade' in known) return versioned(unmadeStatus(dependencies, known.unmade), known.unmade.runId);
  if ('queued' in known) return versioned(queuedStatus(dependencies, known), '0');

  const found = await findProvisioning(dependencies.pool, tenantId, KINDS);
  if (!found) throw new Problem('TENANT_NOT_FOUND', `there is no tenant ${tenantId}`);
  const { tenant, state, operation: row } = found;
  // What succeeded has nothing at work; anything else may, or may wait to be retried.
  const run = state.status === 'COMPLETED' ? null : await dependencies.runs.describe(workflowIdOf(tenant.slug)).catch(() => null);
  const isWaiting = run?.isOpen && row.status !== 'IN_PROGRESS' && run.runId !== row.runId && run.kind !== undefined && KINDS.includes(run.kind);
  if (isWaiting) return versioned({ ...statusOf(dependencies, found, null), ...waiting(dependencies, run) }, row.version);
  return versioned(statusOf(dependencies, found, run?.runId === row.runId ? run : null), row.version);
};

const versioned = (view: ProvisioningStatusView, version: string): Versioned<ProvisioningStatusView> =>
  ({ view, version, isEnded: view.status === 'COMPLETED' || view.status === 'FAILED' });

const statusOf = ({ settings }: ApiDependencies, { tenant, state, operation: row }: Provisioning, run: RunDescription | null): ProvisioningStatusView => {
  const phases = phaseViews(row.kind, row.progress, run?.pending ?? []);
  const temporal = temporalUrl(settings, row.workflowId, row.runId);
  return {
    tenantId: tenant.id,
    slug: tenant.slug,
    tenantStatus: tenant.status,
    ...state,
    mismatch: tenant.mismatch,
    percent: percentOf(phases),
    estimate: state.status === 'IN_PROGRESS' ? remainingSeconds(phases) : null,
    phases,
    operation: { kind: row.kind, runId: row.runId, actor: row.actor, temporalUrl: temporal },
    links: linksOf(tenant.id, temporal),
  };
};

/** A run that Temporal has started and no worker has taken yet. */
const waiting = ({ settings }: ApiDependencies, { kind, workflowId, runId }: RunDescription): Pick<ProvisioningStatusView, 'status' | 'operation'> => ({
  status: 'QUEUED',
  operation: { kind: kind ?? 'PROVISIONING', runId, actor: '', temporalUrl: temporalUrl(settings, workflowId, runId) },
});

const queuedStatus = (dependencies: ApiDependencies, { queued, run }: Extract<VisibleTenant, { queued: unknown }>): ProvisioningStatusView => {
  const phases = phaseViews('PROVISIONING', {}, []);
  const { operation, status } = waiting(dependencies, run);
  return {
    ...withoutTenant(queued, run.startedAt),
    tenantStatus: 'QUEUED',
    status,
    lastUpdatedAt: run.startedAt,
    estimate: remainingSeconds(phases),
    phases,
    operation,
    links: linksOf(queued.tenantId, operation?.temporalUrl),
  };
};

/** A creation that ended without a tenant: refused, or abandoned before its first step was recorded. */
const unmadeStatus = ({ settings }: ApiDependencies, unmade: Unmade): ProvisioningStatusView => {
  const { tenantId, workflowId, runId, actor, reason, startedAt, endedAt, progress } = unmade;
  const temporal = temporalUrl(settings, workflowId, runId);
  return {
    ...withoutTenant(unmade, startedAt),
    tenantStatus: 'FAILED',
    status: 'FAILED',
    failureReason: reason,
    lastUpdatedAt: endedAt,
    phases: phaseViews('PROVISIONING', progress, []),
    operation: { kind: 'PROVISIONING', runId, actor, temporalUrl: temporal },
    links: linksOf(tenantId, temporal),
  };
};

const withoutTenant = ({ tenantId, slug }: { tenantId: string; slug: string }, startedAt: Date) => ({
  tenantId, slug, currentPhase: 'VALIDATE', failureReason: null, phaseOutputs: {}, startedAt, retryCount: 0, mismatch: null, percent: 0, estimate: null,
});
