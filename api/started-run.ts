import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { validate as isUuid } from 'uuid';
import { findOperationOfRequest, findTenant } from '../projection/queries.ts';
import { workflowIdOf } from '../tenant/names.ts';
import { knownRun, type KnownRun } from './cancellable.ts';
import type { ApiDependencies } from './dependencies.ts';
import type { MutationContext } from './mutations.ts';
import { Problem } from './problems.ts';
import type { RunDescription } from './runs.ts';
import { runningProblem } from './running-problem.ts';
import { isTemporalAway } from './temporal.ts';

/** Milliseconds before each lookup of a run whose start gave no answer. The start may still be in progress. */
const LOOKS = [0, 400];

const UNKNOWN = 'the operation may have been started: read the tenant\'s operations, or retry with the same X-Idempotency-Key';

/** Whether a run was started for a request. */
export const isOf = (run: RunDescription | null, requestId: string | undefined): run is RunDescription =>
  run !== null && requestId !== undefined && run.requestId === requestId;

/** The facts that identify the run of a start. */
interface Start {
  tenant: { slug: string };
  input: { requestId?: string };
}

/**
 * The run of a start that failed with `error`. Temporal may have started it and lost the answer, or an earlier try has started it. Only a
 * run with the request's id counts. Throws OPERATION_RUNNING if another run is open, else a problem that makes no claim.
 */
export const startedRun = async (
  dependencies: ApiDependencies, { tenant: { slug }, input: { requestId } }: Start, error: unknown,
  workflowId = workflowIdOf(slug), busy = (run: KnownRun | null): Problem => runningProblem(dependencies, slug, run),
): Promise<string> => {
  const isBusy = error instanceof WorkflowExecutionAlreadyStartedError;
  for (const milliseconds of isBusy ? [0] : LOOKS) {
    await sleep(milliseconds);
    const run = await describe(dependencies, workflowId);
    if (isOf(run, requestId)) return run.runId;
    if (isBusy) throw busy(run);
  }
  throw isTemporalAway(error) ? new Problem('NOT_ACCEPTED_IN_TIME', UNKNOWN) : error;
};

const describe = (dependencies: ApiDependencies, workflowId: string): Promise<KnownRun | null> =>
  knownRun(dependencies, workflowId).catch((error: unknown) => {
    throw isTemporalAway(error) ? new Problem('TEMPORAL_AWAY', UNKNOWN) : error;
  });

/** Location of an operation that an earlier try of a request has started. */
export interface BegunOperation {
  tenantId: string;
  slug: string;
  runId: string;
}

/** The operation that an earlier try of this request has started. null for a first try, or if the earlier try started nothing. */
export const begunOperation = async (
  { pool, runs }: ApiDependencies, { requestId, isRepetition }: Pick<MutationContext, 'requestId' | 'isRepetition'>, tenantId: string,
): Promise<BegunOperation | null> => {
  if (!isRepetition) return null;
  const row = await findOperationOfRequest(pool, requestId);
  if (row) return row;
  // No worker has taken the run yet, or it ended without an admission.
  const tenant = isUuid(tenantId) ? await findTenant(pool, tenantId) : null;
  const run = tenant && await runs.describeNow(workflowIdOf(tenant.slug));
  return tenant && isOf(run, requestId) ? { tenantId: tenant.id, slug: tenant.slug, runId: run.runId } : null;
};
