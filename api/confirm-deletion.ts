import { randomUUID } from 'node:crypto';
import { findVerdict } from '../projection/deletions.ts';
import { signConfirmation } from '../tenant/deletion-code.ts';
import { CANCEL_DELETION_SIGNAL, CONFIRM_DELETION_SIGNAL, type Confirmation, type ConfirmationVerdict } from '../tenant/deletion.ts';
import { workflowIdOf } from '../tenant/names.ts';
import type { Tenant } from '../tenant/tenant.ts';
import { parseConfirmation } from './deletion-request.ts';
import { deletionRequestView, deletionWaitOf, untilFound, type DeletionWait } from './deletion-wait.ts';
import type { ApiDependencies } from './dependencies.ts';
import { linksOf } from './links.ts';
import type { Answer, MutationContext } from './mutations.ts';
import { openRun } from './open-run.ts';
import { Problem } from './problems.ts';
import { runningProblem } from './start-operation.ts';
import { look } from './temporal.ts';
import { findLivingTenant } from './visible-tenant.ts';

/** POST …/deletion/confirmation: sends the code to the run that waits, and answers with its verdict. */
export const confirmDeletion = async (dependencies: ApiDependencies, { request: { body }, actor }: MutationContext, tenantId: string): Promise<Answer> => {
  const { code } = parseConfirmation(body as unknown);
  const { pool, settings } = dependencies;
  const tenant = await findLivingTenant(dependencies, tenantId);
  const { run, request } = await deletionWaitOf(dependencies, tenant);
  if (!run || request?.state !== 'WAITING') throw nothingWaits(tenant);
  const busy = await openRun(dependencies, workflowIdOf(tenant.slug));
  if (busy) throw runningProblem(dependencies, tenant.slug, busy);

  const { originalRunId } = request;
  const requestId = randomUUID();
  const signature = await signConfirmation(settings.DELETION_CODE_KEY, { tenantId: tenant.id, originalRunId, actor, code });
  await send(dependencies, run, CONFIRM_DELETION_SIGNAL, { code, requestId, actor, signature } satisfies Confirmation);
  const verdict = await untilFound(() => findVerdict(pool, originalRunId, requestId));
  return answerTo(verdict, tenant, await deletionWaitOf(dependencies, tenant));
};

const answerTo = (verdict: ConfirmationVerdict | null, tenant: Tenant, wait: DeletionWait): Answer => {
  switch (verdict?.outcome) {
    case 'WRONG':
      throw new Problem('CONFIRMATION_REFUSED', verdict.triesLeft > 0 ? `${verdict.triesLeft} tries are left` : 'no try is left; the deletion has to be requested again', {
        extensions: { triesLeft: verdict.triesLeft },
      });
    case 'UNSIGNED': throw new Problem('CONFIRMATION_REFUSED', 'two admins have to confirm this deletion', { extensions: { triesLeft: verdict.triesLeft } });
    case 'BUSY': throw new Problem('OPERATION_RUNNING', verdict.reason ?? 'another operation is running');
    case 'CLOSED': throw nothingWaits(tenant);
    default: return answer(202, tenant, wait);
  }
};

/** DELETE …/deletion: calls off a deletion that waits, for its code or for the end of its grace period. */
export const callOffDeletion = async (dependencies: ApiDependencies, tenantId: string): Promise<Answer> => {
  const tenant = await findLivingTenant(dependencies, tenantId);
  const { run } = await deletionWaitOf(dependencies, tenant);
  if (!run) throw nothingWaits(tenant);
  await send(dependencies, run, CANCEL_DELETION_SIGNAL, {});
  const ended = await untilFound(async () => {
    const wait = await deletionWaitOf(dependencies, tenant);
    return wait.request && wait.request.state !== 'WAITING' && wait.request.state !== 'CONFIRMED' ? wait : null;
  });
  return answer(ended ? 200 : 202, tenant, ended ?? await deletionWaitOf(dependencies, tenant));
};

const send = async ({ temporal }: ApiDependencies, { workflowId, runId }: { workflowId: string; runId: string }, signal: string, argument: unknown): Promise<void> => {
  await look(temporal, () => temporal.client.workflow.getHandle(workflowId, runId).signal(signal, argument));
};

const nothingWaits = ({ status, slug }: Tenant): Problem =>
  new Problem('NO_DELETION_WAITING', status === 'DELETING' ? `${slug} is being deleted` : `no deletion of ${slug} waits for a confirmation`, { extensions: { tenantStatus: status } });

const answer = (status: number, tenant: Tenant, wait: DeletionWait): Answer => ({
  status,
  headers: { Location: linksOf(tenant.id).operations },
  body: { tenantId: tenant.id, slug: tenant.slug, deletion: deletionRequestView(wait), links: linksOf(tenant.id) },
});
