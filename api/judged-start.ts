import { WorkflowExecutionAlreadyStartedError, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { workflowIdOf } from '../tenant/names.ts';
import type { Violation } from '../tenant/violations.ts';
import type { ApiDependencies } from './dependencies.ts';
import { operationLinksOf } from './links.ts';
import { Problem } from './problems.ts';
import type { RunDescription } from './runs.ts';
import { runningProblem, type OperationStart } from './start-operation.ts';
import { isTemporalAway, look } from './temporal.ts';
import { startForVerdict } from './verdict.ts';

/**
 * Starts an operation whose first step judges the request, and waits for that as long as a caller may have to; without a verdict by then the
 * operation is accepted, and its status tells. @returns its run id. Throws REQUEST_REFUSED with every violation, OPERATION_RUNNING when the
 * tenant is busy, NOT_ACCEPTED_IN_TIME, TEMPORAL_AWAY.
 */
export const startJudged = async (dependencies: ApiDependencies, start: OperationStart): Promise<string> => {
  const { temporal, runs, settings, logger } = dependencies;
  const { tenant, kind } = start;
  const deadline = Date.now() + settings.VERDICT_DEADLINE_MS;
  const error: unknown = await startForVerdict(temporal, start, { deadline, updateId: crypto.randomUUID() }).then(() => undefined, (reason: unknown) => reason);

  const run = await runs.describeNow(workflowIdOf(tenant.slug));
  if (error instanceof WorkflowExecutionAlreadyStartedError) throw runningProblem(dependencies, tenant.slug, run);
  if (run?.tenantId !== tenant.id || run.kind !== kind) throw new Problem('NOT_ACCEPTED_IN_TIME', 'nothing was changed; try again later');

  const refusal = refusalOf(error);
  if (refusal) {
    await untilClosed(dependencies, run);
    throw refusedProblem(dependencies, start, run, refusal);
  }
  if (error !== undefined && !isTemporalAway(error)) logger.warn({ err: error, tenantId: tenant.id }, 'an operation got no verdict');
  return run.runId;
};

interface Refusal {
  message: string;
  violations: readonly Violation[];
}

/** What the first step refused the request for; undefined for everything else that can go wrong in it. */
const refusalOf = (error: unknown): Refusal | undefined => {
  const failure = error instanceof WorkflowUpdateFailedError ? error.cause : undefined;
  if (!(failure instanceof ApplicationFailure) || failure.type !== 'INVALID_REQUEST') return undefined;
  const [details] = (failure.details ?? []) as [{ violations?: readonly Violation[] }?];
  return details?.violations && { message: failure.message, violations: details.violations };
};

/** The refused run is about to write its reason down and close; who repeats the call at once is not to meet it. */
const untilClosed = ({ temporal }: ApiDependencies, { workflowId, runId }: RunDescription): Promise<unknown> =>
  look(temporal, () => temporal.client.workflow.getHandle(workflowId, runId).result()).catch(() => {});

const refusedProblem = ({ settings }: ApiDependencies, { tenant, kind }: OperationStart, { workflowId, runId }: RunDescription, { message, violations }: Refusal): Problem =>
  new Problem('REQUEST_REFUSED', message, {
    extensions: { violations, operation: { kind, runId, links: operationLinksOf(settings, tenant.id, workflowId, runId) } },
  });
