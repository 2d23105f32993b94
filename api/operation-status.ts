import { validate as isUuid } from 'uuid';
import { findOperation } from '../projection/queries.ts';
import type { OperationDetailView } from '../tenant/views.ts';
import type { Principal } from './authentication.ts';
import { assertMayRead } from './authorization.ts';
import type { ApiDependencies } from './dependencies.ts';
import { operationDetailView, unadmittedView } from './operation-views.ts';
import { Problem } from './problems.ts';
import { endOf } from './run-end.ts';
import type { Versioned } from './versioned.ts';

/**
 * How an operation goes, by its run id, also after its tenant is gone. Throws OPERATION_NOT_FOUND, also for one the caller may not read.
 * With Temporal away it answers without attempts, next tries and pauses.
 */
export const operationStatus = async (dependencies: ApiDependencies, principal: Principal, runId: string): Promise<Versioned<OperationDetailView>> => {
  const found = isUuid(runId) ? await admitted(dependencies, runId) ?? await unadmitted(dependencies, runId) : null;
  const unknown = new Problem('OPERATION_NOT_FOUND', `there is no operation with the run id ${runId}`);
  if (!found) throw unknown;
  try {
    assertMayRead(principal, found.view.tenantId);
  } catch (error) {
    throw error instanceof Problem && error.kind === 'TENANT_NOT_FOUND' ? unknown : error;
  }
  return found;
};

const admitted = async ({ pool, runs, settings }: ApiDependencies, runId: string): Promise<Versioned<OperationDetailView> | null> => {
  const row = await findOperation(pool, runId);
  if (!row) return null;
  const isEnded = row.status !== 'IN_PROGRESS';
  const run = isEnded ? null : await runs.describe(row.workflowId).catch(() => null);
  return { view: operationDetailView(settings, row, run?.runId === runId ? run.pending : []), version: row.version, isEnded };
};

/** A caller may read an operation that it has just started before a worker has taken it. */
const unadmitted = async ({ runs, settings, temporal }: ApiDependencies, runId: string): Promise<Versioned<OperationDetailView> | null> => {
  const run = await runs.find(runId);
  if (!run?.tenantId || !run.slug || !run.kind) return null;
  const end = run.isOpen ? null : await endOf(temporal, run);
  return { view: unadmittedView(settings, run, run.kind, { id: run.tenantId, slug: run.slug }, end), version: '0', isEnded: !run.isOpen };
};
