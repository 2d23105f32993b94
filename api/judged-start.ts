import { WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { workflowIdOf } from '../tenant/names.ts';
import type { Violation } from '../tenant/violations.ts';
import type { ApiDependencies } from './dependencies.ts';
import { operationLinksOf } from './links.ts';
import { Problem } from './problems.ts';
import type { OperationStart } from './start-operation.ts';
import { startedRun } from './started-run.ts';
import { isTemporalAway, look } from './temporal.ts';
import { startForVerdict } from './verdict.ts';

/**
 * Starts an operation whose first step judges the request, and waits for that as long as a caller may have to; without a verdict by then the
 * operation is accepted, and its status tells. @returns its run id. Throws REQUEST_REFUSED with every violation, OPERATION_RUNNING when the
 * tenant is busy, NOT_ACCEPTED_IN_TIME, TEMPORAL_AWAY.
 */
export const startJudged = async (dependencies: ApiDependencies, start: OperationStart): Promise<string> => {
  const { temporal, runs, settings, logger } = dependencies;
  const { tenant } = start;
  const judged = await startForVerdict(temporal, start, Date.now() + settings.VERDICT_DEADLINE_MS);
  const { error } = judged;
  const runId = judged.runId ?? await startedRun(dependencies, start, error);
  // The caller's next read has to find the new run.
  await runs.describeNow(workflowIdOf(tenant.slug)).catch(() => null);

  const refusal = refusalOf(error);
  if (refusal) {
    await untilClosed(dependencies, start, runId);
    throw refusedProblem(dependencies, start, runId, refusal);
  }
  if (error !== undefined && !isTemporalAway(error)) logger.warn({ err: error, tenantId: tenant.id }, 'an operation got no verdict');
  return runId;
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

/** Waits until the refused run has recorded its reason and closed. A caller that retries at once must not meet it. */
const untilClosed = ({ temporal }: ApiDependencies, { tenant }: OperationStart, runId: string): Promise<unknown> =>
  look(temporal, () => temporal.client.workflow.getHandle(workflowIdOf(tenant.slug), runId).result()).catch(() => {});

const refusedProblem = ({ settings }: ApiDependencies, { tenant, kind }: OperationStart, runId: string, { message, violations }: Refusal): Problem =>
  new Problem('REQUEST_REFUSED', message, {
    extensions: { violations, operation: { kind, runId, links: operationLinksOf(settings, tenant.id, workflowIdOf(tenant.slug), runId) } },
  });
