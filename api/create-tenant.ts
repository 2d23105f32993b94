import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { findTenant, newestOperation } from '../projection/queries.ts';
import { forgetRequest, requestTenant, type TenantRequest } from '../projection/requests.ts';
import { parseCreateTenant } from '../tenant/create-tenant.ts';
import { workflowIdOf } from '../tenant/names.ts';
import type { ValidationVerdict } from '../tenant/operations.ts';
import { isConflict, type Violation } from '../tenant/violations.ts';
import type { ApiDependencies } from './dependencies.ts';
import { temporalUrl } from './links.ts';
import type { Answer, MutationContext } from './mutations.ts';
import { openRun } from './open-run.ts';
import { Problem, violationsProblem } from './problems.ts';
import { provisioningStart } from './provisioning-start.ts';
import { startedRun } from './started-run.ts';
import type { OperationStart } from './start-operation.ts';
import { isTemporalAway } from './temporal.ts';
import { startForVerdict } from './verdict.ts';
import { tenantView } from './visible-tenant.ts';

/**
 * POST /tenants. One call starts the run and waits for VALIDATE's verdict. Without a verdict in time the run is QUEUED. The API checks
 * Temporal before it writes anything, so an outage of Temporal or the database leaves nothing half done.
 */
export const createTenant = async (dependencies: ApiDependencies, { request: { body }, actor, requestId, isRepetition }: MutationContext): Promise<Answer> => {
  const parsed = parseCreateTenant(body as unknown);
  if (!parsed.ok) throw violationsProblem('INVALID_REQUEST', parsed.violations);
  const { pool, settings } = dependencies;
  const deadline = Date.now() + settings.VERDICT_DEADLINE_MS;
  const { slug, name } = parsed.value;

  // Temporal itself refuses a start beside an open run. That run may be this creation, requested again.
  await openRun(dependencies, workflowIdOf(slug));
  const request = await requestTenant(pool, { slug, name, actor, requestId });
  const begun = isRepetition ? await newestOperation(pool, request.tenantId) : null;
  if (begun?.status === 'REFUSED') return refuse(dependencies, request, refusal(begun.violations ?? []));
  if (begun) return accepted(dependencies, request, begun.runId);

  const start = provisioningStart(request.tenantId, parsed.value, { actor, requestId }, 'Provision');
  const { runId, verdict, error } = await startForVerdict<ValidationVerdict>(dependencies.temporal, start, deadline);
  if (verdict && !verdict.accepted) return refuse(dependencies, request, refusal(verdict.violations));
  return accepted(dependencies, request, runId ?? await unanswered(dependencies, request, start, error));
};

const refuse = async ({ pool }: ApiDependencies, { tenantId }: TenantRequest, problem: Problem): Promise<never> => {
  await forgetRequest(pool, tenantId);
  throw problem;
};

const refusal = (violations: readonly Violation[]): Problem =>
  violationsProblem(isConflict(violations) ? 'TENANT_CONFLICT' : 'REQUEST_REFUSED', violations);

/** Handles a start without an answer. The run may exist and wait for a worker, so the request stays while that is unknown. */
const unanswered = async (dependencies: ApiDependencies, request: TenantRequest, start: OperationStart, error: unknown): Promise<string> => {
  const isBusy = error instanceof WorkflowExecutionAlreadyStartedError;
  if (!isBusy && !isTemporalAway(error)) dependencies.logger.warn({ err: error, tenantId: start.tenant.id }, 'a creation got no verdict');
  return startedRun(dependencies, start, error).catch((problem: unknown) => {
    if (problem instanceof Problem && problem.kind === 'OPERATION_RUNNING') return refuse(dependencies, request, problem);
    throw problem;
  });
};

/** The creation is accepted, even if the database no longer answers. */
const accepted = async ({ pool, settings }: ApiDependencies, request: TenantRequest, runId: string): Promise<Answer> => {
  const tenant = await findTenant(pool, request.tenantId).catch(() => null);
  const view = tenantView(tenant ? { tenant } : { queued: request }, temporalUrl(settings, workflowIdOf(request.slug), runId));
  return { status: 202, headers: { Location: view.links.self }, body: view };
};
