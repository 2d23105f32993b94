import type { KnownRun } from './cancellable.ts';
import type { ApiDependencies } from './dependencies.ts';
import { linksOf, temporalUrl } from './links.ts';
import { Problem } from './problems.ts';

/** The 409 of a busy tenant. It names the running operation and, unless the tenant was ACTIVE, how to cancel it. */
export const runningProblem = ({ settings }: ApiDependencies, slug: string, run: KnownRun | null): Problem => {
  const kind = run?.kind ?? 'another operation';
  const cancel = run?.cancellable && run.tenantId ? `${linksOf(run.tenantId).self}/provisioning/cancel` : undefined;
  return new Problem('OPERATION_RUNNING', `${kind} of ${slug} is running${cancel ? `; POST ${cancel} cancels it` : ''}`, {
    extensions: run ? { operation: { kind: run.kind, runId: run.runId, startedAt: run.startedAt, temporalUrl: temporalUrl(settings, run.workflowId, run.runId), ...(cancel && { cancel }) } } : {},
  });
};
