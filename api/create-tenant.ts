import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { findTenant } from '../projection/queries.ts';
import { forgetRequest, requestTenant, type TenantRequest } from '../projection/requests.ts';
import { parseCreateTenant } from '../tenant/create-tenant.ts';
import { workflowIdOf } from '../tenant/names.ts';
import type { ValidationVerdict } from '../tenant/operations.ts';
import type { CreateTenant } from '../tenant/tenant.ts';
import { isConflict } from '../tenant/violations.ts';
import type { ApiDependencies } from './dependencies.ts';
import { temporalUrl } from './links.ts';
import type { Answer, MutationContext } from './mutations.ts';
import { openRun } from './open-run.ts';
import { Problem, violationsProblem } from './problems.ts';
import { provisioningStart } from './provisioning-start.ts';
import { runningProblem } from './start-operation.ts';
import { isTemporalAway } from './temporal.ts';
import { startForVerdict } from './verdict.ts';
import { tenantView } from './visible-tenant.ts';

/**
 * POST /tenants. One call starts the run and waits for VALIDATE's verdict; when no worker gives one in time, a run that is ours is QUEUED.
 * Temporal is asked whether it is there before anything is written, so that with it or the database away nothing is half done.
 */
export const createTenant = async (dependencies: ApiDependencies, { request: { body }, actor, idempotencyKey }: MutationContext): Promise<Answer> => {
  const parsed = parseCreateTenant(body as unknown);
  if (!parsed.ok) throw violationsProblem('INVALID_REQUEST', parsed.violations);
  const { pool, settings } = dependencies;
  const deadline = Date.now() + settings.VERDICT_DEADLINE_MS;

  // Whoever is found at work is left to Temporal to refuse: it may be this very creation, asked for once more.
  await openRun(dependencies, workflowIdOf(parsed.value.slug));
  const request = await requestTenant(pool, { slug: parsed.value.slug, name: parsed.value.name, actor, idempotencyKey });
  const outcome = await startAndAwaitVerdict(dependencies, request, parsed.value, actor, deadline);
  if (outcome.kind === 'REFUSED') {
    await forgetRequest(pool, request.tenantId);
    throw outcome.problem;
  }
  return accepted(dependencies, request, outcome.runId);
};

type Outcome = { kind: 'STARTED'; runId: string | undefined } | { kind: 'REFUSED'; problem: Problem };

const startAndAwaitVerdict = async (
  dependencies: ApiDependencies, request: TenantRequest, tenant: CreateTenant, actor: string, deadline: number,
): Promise<Outcome> => {
  const start = provisioningStart(request.tenantId, tenant, actor, 'Provision');
  try {
    const verdict = await startForVerdict<ValidationVerdict>(dependencies.temporal, start, { deadline, updateId: request.tenantId });
    if (verdict.accepted) return await startedRun(dependencies, request);
    const { violations } = verdict;
    return { kind: 'REFUSED', problem: violationsProblem(isConflict(violations) ? 'TENANT_CONFLICT' : 'REQUEST_REFUSED', violations) };
  } catch (error) {
    return explain(dependencies, request, error);
  }
};

/** No verdict: the run may be ours and wait for a worker, another's, or not there at all. */
const explain = async (dependencies: ApiDependencies, request: TenantRequest, error: unknown): Promise<Outcome> => {
  const isBusy = error instanceof WorkflowExecutionAlreadyStartedError;
  if (!isBusy && !isTemporalAway(error)) dependencies.logger.warn({ err: error, tenantId: request.tenantId }, 'a creation got no verdict');
  // Throws when Temporal cannot tell. The request then stays: the run may have been started, and a repetition finds it by its key.
  const run = await dependencies.runs.describeNow(workflowIdOf(request.slug));
  if (run?.tenantId === request.tenantId && (run.isOpen || await findTenant(dependencies.pool, request.tenantId))) return { kind: 'STARTED', runId: run.runId };
  if (isBusy || run?.isOpen) return { kind: 'REFUSED', problem: runningProblem(dependencies, request.slug, run) };
  return { kind: 'REFUSED', problem: new Problem('NOT_ACCEPTED_IN_TIME', 'nothing was created; try again later') };
};

/** The verdict is in, so the creation stands, whether or not Temporal still answers which run it is. */
const startedRun = async ({ runs }: ApiDependencies, request: TenantRequest): Promise<Outcome> => {
  const run = await runs.describeNow(workflowIdOf(request.slug)).catch(() => null);
  return { kind: 'STARTED', runId: run?.runId };
};

const accepted = async ({ pool, settings }: ApiDependencies, request: TenantRequest, runId: string | undefined): Promise<Answer> => {
  const tenant = await findTenant(pool, request.tenantId);
  const view = tenantView(tenant ? { tenant } : { queued: request }, runId && temporalUrl(settings, workflowIdOf(request.slug), runId));
  return { status: 202, headers: { Location: view.links.self }, body: view };
};
