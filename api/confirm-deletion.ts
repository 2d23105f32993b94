import { randomUUID } from 'node:crypto';
import { endLostRequest, findDeletionRequest } from '../projection/deletion-requests.ts';
import { findVerdict } from '../projection/deletions.ts';
import { signConfirmation } from '../tenant/deletion-code.ts';
import { CANCEL_DELETION_SIGNAL, CONFIRM_DELETION_SIGNAL, type Confirmation, type ConfirmationVerdict } from '../tenant/deletion.ts';
import { workflowIdOf } from '../tenant/names.ts';
import type { Tenant } from '../tenant/tenant.ts';
import { parseConfirmation } from './deletion-request.ts';
import { deletionRequestView, deletionWaitOf, hasEnded, signalWait, untilFound, type DeletionWait } from './deletion-wait.ts';
import type { ApiDependencies } from './dependencies.ts';
import { linksOf } from './links.ts';
import type { Answer, MutationContext } from './mutations.ts';
import { openRun } from './open-run.ts';
import { Problem } from './problems.ts';
import { runningProblem } from './start-operation.ts';
import { findLivingTenant } from './visible-tenant.ts';

/** POST …/deletion/confirmation: sends the code to the waiting run, and answers with its verdict. */
export const confirmDeletion = async (dependencies: ApiDependencies, { request: { body }, actor, requestId, isRepetition }: MutationContext, tenantId: string): Promise<Answer> => {
  const { code } = parseConfirmation(body as unknown);
  const { pool, settings } = dependencies;
  const tenant = await findLivingTenant(dependencies, tenantId);
  const { run, request, isLost } = await deletionWaitOf(dependencies, tenant);
  const known = isRepetition && request ? await findVerdict(pool, request.originalRunId, requestId) : null;
  if (known && known.outcome !== 'BUSY') return answerTo(known, tenant, { run, request, isLost });
  if (!run || request?.state !== 'WAITING') throw nothingWaits(tenant);
  const busy = await openRun(dependencies, workflowIdOf(tenant.slug));
  if (busy) throw runningProblem(dependencies, tenant.slug, busy);

  const { originalRunId } = request;
  // A verdict is found by the id of its try. A try that met a busy tenant was not judged, so the next try gets a new id.
  const tryId = known ? randomUUID() : requestId;
  const signature = await signConfirmation(settings.DELETION_CODE_KEY, { tenantId: tenant.id, originalRunId, actor, code });
  const isSent = await signalWait(dependencies, run, CONFIRM_DELETION_SIGNAL, { code, requestId: tryId, actor, signature } satisfies Confirmation);
  if (!isSent) throw nothingWaits(tenant);
  const verdict = await untilFound(() => verdictOf(pool, originalRunId, tryId));
  return answerTo(verdict, tenant, await deletionWaitOf(dependencies, tenant));
};

/** The verdict on a confirmation; null while there is none. A confirmation after the last judged one gets no verdict of its own. */
const verdictOf = async (pool: ApiDependencies['pool'], originalRunId: string, requestId: string): Promise<ConfirmationVerdict | null> => {
  const request = await findDeletionRequest(pool, originalRunId);
  const verdict = await findVerdict(pool, originalRunId, requestId);
  return verdict ?? (request && request.state !== 'WAITING' ? { outcome: 'CLOSED', triesLeft: request.triesLeft } : null);
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

/**
 * DELETE …/deletion: calls off a deletion that waits for its code or for the end of its grace period. Also ends a request whose wait is
 * lost.
 */
export const callOffDeletion = async (dependencies: ApiDependencies, { actor }: Pick<MutationContext, 'actor'>, tenantId: string): Promise<Answer> => {
  const tenant = await findLivingTenant(dependencies, tenantId);
  const { run } = await deletionWaitOf(dependencies, tenant);
  const isSent = run !== null && await signalWait(dependencies, run, CANCEL_DELETION_SIGNAL, {});
  if (!isSent) return endLost(dependencies, tenant, actor);
  const ended = await untilFound(async () => {
    const wait = await deletionWaitOf(dependencies, tenant);
    return wait.run === null || (wait.request && hasEnded(wait.request)) ? wait : null;
  });
  // A wait that closed with its request open has started the deletion before the call-off reached it.
  if (ended && !(ended.request && hasEnded(ended.request))) return endLost(dependencies, tenant, actor);
  return answer(ended ? 200 : 202, tenant, ended ?? await deletionWaitOf(dependencies, tenant));
};

/** Ends a request without an open wait in the database. */
const endLost = async (dependencies: ApiDependencies, tenant: Tenant, actor: string): Promise<Answer> => {
  const { request, isLost } = await deletionWaitOf(dependencies, tenant);
  const ended = request && isLost ? await endLostRequest(dependencies.pool, request.originalRunId, actor) : null;
  if (!ended) throw nothingWaits(tenant, request);
  return answer(200, tenant, { run: null, request: ended, isLost: false });
};

const nothingWaits = ({ status, slug }: Tenant, request: DeletionWait['request'] = null): Problem => {
  const begun = request?.state === 'CONFIRMED' ? `the deletion of ${slug} has begun` : `no deletion of ${slug} waits for a confirmation`;
  return new Problem('NO_DELETION_WAITING', status === 'DELETING' ? `${slug} is being deleted` : begun, { extensions: { tenantStatus: status } });
};

const answer = (status: number, tenant: Tenant, wait: DeletionWait): Answer => ({
  status,
  headers: { Location: linksOf(tenant.id).operations },
  body: { tenantId: tenant.id, slug: tenant.slug, deletion: deletionRequestView(wait), links: linksOf(tenant.id) },
});
