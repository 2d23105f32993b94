import type { OperationKind } from '../tenant/lifecycle.ts';
import type { OperationRequest } from '../tenant/operations.ts';
import type { Tenant } from '../tenant/tenant.ts';
import { cut } from '../tenant/text.ts';
import type { ApiDependencies } from './dependencies.ts';
import { linksOf, operationLinksOf } from './links.ts';
import type { Answer, MutationContext } from './mutations.ts';
import { begunOperation } from './started-run.ts';
import { assertStartable, startOperation, type OperationStart } from './start-operation.ts';
import { findLivingTenant } from './visible-tenant.ts';
import { workflowIdOf } from '../tenant/names.ts';

/** An operation on a living tenant, as a route offers it. */
export interface TenantOperation<Input extends OperationRequest = OperationRequest> {
  kind: OperationKind;
  workflowType: string;
  /** How the line in the Web UI begins, e.g. `Suspend`. */
  verb: string;
  /** What the workflow needs to know besides the tenant. */
  extra?: Omit<Input, keyof OperationRequest>;
  /** How its run is started: `startOperation`, unless its first step's verdict is waited for. */
  start?: (dependencies: ApiDependencies, start: OperationStart) => Promise<string>;
}

/** The 202 for an operation that was started or is being stopped. */
export const accepted = ({ settings }: ApiDependencies, tenantId: string, slug: string, kind: OperationKind, runId: string): Answer => {
  const { self, stream, temporal } = operationLinksOf(settings, tenantId, workflowIdOf(slug), runId);
  return {
    status: 202, headers: { Location: self }, body: { tenantId, slug, operation: { kind, runId, links: { self, stream, temporal } }, links: linksOf(tenantId, temporal) },
  };
};

/** Starts an operation on a living tenant if it is legal now. */
export const operateOnTenant = async (
  dependencies: ApiDependencies, context: MutationContext, tenantId: string, { kind, workflowType, verb, extra, start = startOperation }: TenantOperation,
): Promise<Answer> => {
  const begun = await begunOperation(dependencies, context, tenantId);
  if (begun) return accepted(dependencies, begun.tenantId, begun.slug, kind, begun.runId);
  const { actor, requestId } = context;
  const tenant = await findLivingTenant(dependencies, tenantId);
  await assertStartable(dependencies, tenant, kind);
  const runId = await start(dependencies, {
    kind, workflowType, tenant,
    input: { tenantId: tenant.id, slug: tenant.slug, actor, requestId, ...extra },
    summary: cut(`${verb} ${tenant.name} (${tenant.slug})`, 200),
    details: detailsOf(tenant, actor),
  });
  return accepted(dependencies, tenant.id, tenant.slug, kind, runId);
};

const detailsOf = ({ name, slug, tier, status }: Tenant, actor: string): string =>
  [`**Tenant** ${name}`, `**Slug** \`${slug}\``, `**Tier** ${tier}`, `**Status** ${status}`, `**Asked for by** ${actor}`].join('  \n');
