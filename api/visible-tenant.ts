import { validate as isUuid } from 'uuid';
import { findTenant, newestOperation } from '../projection/queries.ts';
import { findRequest, type TenantRequest } from '../projection/requests.ts';
import { workflowIdOf } from '../tenant/names.ts';
import type { Tenant } from '../tenant/tenant.ts';
import type { TenantView } from '../tenant/views.ts';
import type { ApiDependencies } from './dependencies.ts';
import { linksOf } from './links.ts';
import { Problem } from './problems.ts';
import type { RunDescription } from './runs.ts';
import { unmadeByRow, unmadeByRun, unmadeProblem, type Unmade } from './unmade.ts';

/** A tenant with a row, or one whose creation was accepted and waits for a worker. */
export type VisibleTenant = { tenant: Tenant } | { queued: TenantRequest; run: RunDescription };

/** The tenant of an id. Throws TENANT_NOT_FOUND, with the reason of a creation that made none. Throws TENANT_GONE after its removal. */
export const findVisibleTenant = async (dependencies: ApiDependencies, id: string): Promise<VisibleTenant> => {
  const known = await findKnownTenant(dependencies, id);
  if ('unmade' in known) throw unmadeProblem(known.unmade);
  return known;
};

/** The tenant of an id, or the creation that ended without one. Throws TENANT_NOT_FOUND, TENANT_GONE. */
export const findKnownTenant = async (dependencies: ApiDependencies, id: string): Promise<VisibleTenant | { unmade: Unmade }> => {
  const { pool, runs } = dependencies;
  const notFound = () => new Problem('TENANT_NOT_FOUND', `there is no tenant ${id}`);
  if (!isUuid(id)) throw notFound();
  const tenant = await findTenant(pool, id);
  if (tenant) return { tenant };

  const newest = await newestOperation(pool, id);
  const unmade = newest && unmadeByRow(newest);
  if (unmade) return { unmade };
  if (newest) {
    throw new Problem('TENANT_GONE', `the tenant ${newest.slug} was removed by ${newest.kind}`, {
      extensions: { operation: { kind: newest.kind, status: newest.status, runId: newest.runId } },
    });
  }
  const queued = await findRequest(pool, id);
  const run = queued && await runs.describe(workflowIdOf(queued.slug));
  if (!queued || run?.tenantId !== id) throw notFound();
  if (run.isOpen) return { queued, run };
  const ended = await unmadeByRun(dependencies, queued, run);
  if (!ended) throw notFound();
  return { unmade: ended };
};

/** The living tenant of an id; a queued one is not yet there to be changed. */
export const findLivingTenant = async (dependencies: ApiDependencies, id: string): Promise<Tenant> => {
  const visible = await findVisibleTenant(dependencies, id);
  if ('tenant' in visible) return visible.tenant;
  throw new Problem('OPERATION_RUNNING', 'the tenant\'s provisioning has not begun yet', { extensions: { operation: { kind: 'PROVISIONING', runId: visible.run.runId } } });
};

/** A tenant as callers see it, with a link to its run in the Web UI where that is known. */
export const tenantView = (visible: { tenant: Tenant } | { queued: TenantRequest }, temporal?: string): TenantView => {
  if ('tenant' in visible) return { ...visible.tenant, links: linksOf(visible.tenant.id, temporal) };
  const { tenantId: id, name, slug, createdAt } = visible.queued;
  return { id, name, slug, createdAt, status: 'QUEUED', links: linksOf(id, temporal) };
};
