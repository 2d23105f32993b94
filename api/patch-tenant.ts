import { patchTenant } from '../projection/patch.ts';
import { parsePatchTenant, type TenantPatch } from '../tenant/change-tenant.ts';
import { workflowIdOf } from '../tenant/names.ts';
import type { ReconfigureTenant } from '../tenant/operations.ts';
import type { Tenant } from '../tenant/tenant.ts';
import { read } from './change-tenant.ts';
import type { ApiDependencies } from './dependencies.ts';
import type { Answer, MutationContext } from './mutations.ts';
import { toProblem } from './errors.ts';
import { openRun } from './open-run.ts';
import { Problem, violationsProblem } from './problems.ts';
import { runningProblem } from './start-operation.ts';
import { begunOperation } from './started-run.ts';
import { accepted, operateOnTenant, type TenantOperation } from './tenant-operations.ts';
import { findLivingTenant, tenantView } from './visible-tenant.ts';

/**
 * PATCH /tenants/{id}: changes name and settings at once. A reconfiguration writes the new name to the config-service if the dashboard's
 * title derives from it. Such a request is refused, before any change, while another operation runs.
 */
export const changeTenant = async (dependencies: ApiDependencies, context: MutationContext, tenantId: string): Promise<Answer> => {
  const patch = read(parsePatchTenant(context.request.body));
  const before = await findLivingTenant(dependencies, tenantId);
  // The API does not repeat the work of an earlier try, because the name may have been changed since.
  const begun = await begunOperation(dependencies, context, tenantId);
  if (begun) return answer(before, operationOf(accepted(dependencies, begun.tenantId, begun.slug, 'RECONFIGURATION', begun.runId)));
  if (reachesBranding(patch, before)) {
    const run = await openRun(dependencies, workflowIdOf(before.slug));
    if (run) throw runningProblem(dependencies, before.slug, run);
  }
  const changed = await patchTenant(dependencies.pool, before.id, patch);
  if ('violations' in changed) throw violationsProblem('TENANT_CONFLICT', changed.violations);
  const tenant = changed.tenant ?? await findLivingTenant(dependencies, tenantId);
  const operation = reachesBranding(patch, tenant) ? await reconfigure(dependencies, context, tenant) : undefined;
  return answer(tenant, operation);
};

const answer = (tenant: Tenant, operation: unknown): Answer => ({ status: 200, body: { ...tenantView({ tenant }), ...(operation !== undefined && { operation }) } });

const operationOf = ({ body }: Answer): unknown => (body as { operation: unknown }).operation;

/** A name that is given again reaches it again, so that a request whose second half failed can be repeated. */
const reachesBranding = ({ name }: TenantPatch, { status, configuration }: Tenant): boolean =>
  name !== undefined && status === 'ACTIVE' && configuration.branding?.title === undefined;

const reconfigure = async (dependencies: ApiDependencies, context: MutationContext, { id, configuration }: Tenant): Promise<unknown> => {
  const operation: TenantOperation<ReconfigureTenant> = {
    kind: 'RECONFIGURATION', workflowType: 'reconfigureTenant', verb: 'Carry the new name to', extra: { configuration },
  };
  return operationOf(await operateOnTenant(dependencies, context, id, operation).catch((error: unknown) => { throw halfDone(error); }));
};

/** The name is changed, but no operation carries it. The answer says so, and that the request can be repeated. */
const halfDone = (error: unknown): unknown => {
  const { kind, message, extensions, headers } = toProblem(error);
  if (kind === 'INTERNAL') return error;
  return new Problem(kind, `the name is changed, but not yet in the dashboard's title: repeat the request; ${message}`, { extensions, headers });
};
