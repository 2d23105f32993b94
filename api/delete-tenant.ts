import { validate as isUuid } from 'uuid';
import { findDeletionRequest } from '../projection/deletion-requests.ts';
import { newestOperation } from '../projection/queries.ts';
import { deletionCode } from '../tenant/deletion-code.ts';
import { MAKE_ROOM_SIGNAL, type DeletionRequest } from '../tenant/deletion.ts';
import { deletionWaitWorkflowIdOf, workflowIdOf } from '../tenant/names.ts';
import type { Tenant } from '../tenant/tenant.ts';
import { cut } from '../tenant/text.ts';
import { parseDeletionRequest } from './deletion-request.ts';
import { deletionRequestView, deletionWaitOf, hasEnded, signalWait, untilFound } from './deletion-wait.ts';
import type { ApiDependencies } from './dependencies.ts';
import { linksOf, temporalUrl } from './links.ts';
import type { Answer, MutationContext } from './mutations.ts';
import { openRun } from './open-run.ts';
import { Problem } from './problems.ts';
import { assertStartable, runningProblem, startOperation, startOptions, type OperationStart } from './start-operation.ts';
import { begunOperation, isOf, startedRun } from './started-run.ts';
import { begin } from './temporal.ts';
import { accepted } from './tenant-operations.ts';
import { findLivingTenant } from './visible-tenant.ts';

/** DELETE /tenants/{id}: requests the confirmation of a deletion, or resumes a confirmed deletion that stopped half way. */
export const deleteTenant = async (dependencies: ApiDependencies, context: MutationContext, tenantId: string): Promise<Answer> => {
  const { request, actor, requestId, isRepetition } = context;
  const begun = await begunOperation(dependencies, context, tenantId);
  if (begun) return accepted(dependencies, begun.tenantId, begun.slug, 'DELETION', begun.runId);
  const removed = await removedTenant(dependencies, tenantId);
  const tenant = removed ?? await findLivingTenant(dependencies, tenantId);
  if (removed || tenant.status === 'DELETING') return resume(dependencies, tenant, context);
  const options = parseDeletionRequest(request.body as unknown, actor, dependencies.settings.DELETION_TWO_ADMINS);

  // Also one that has ended: what was called off is not requested again by a repetition.
  const wait = isRepetition ? await dependencies.runs.describeNow(deletionWaitWorkflowIdOf(tenant.id)) : null;
  if (isOf(wait, requestId)) return waitAnswer(dependencies, tenant, wait.runId);
  if (await isWaiting(dependencies, tenant)) throw waitingProblem(tenantId);
  await assertStartable(dependencies, tenant, 'DELETION');
  return startWait(dependencies, tenant, { tenantId: tenant.id, slug: tenant.slug, actor, requestId, ...options });
};

/**
 * Whether a deletion already waits. A wait that has recorded its end is given time to close, because a caller may request again at once. A
 * wait that still tries to reactivate the tenant makes room.
 */
const isWaiting = async (dependencies: ApiDependencies, tenant: Tenant): Promise<boolean> => {
  const { run, request } = await deletionWaitOf(dependencies, tenant);
  if (run && request && hasEnded(request)) await signalWait(dependencies, run, MAKE_ROOM_SIGNAL, {});
  const settled = await untilFound(async () => {
    const wait = await deletionWaitOf(dependencies, tenant);
    return wait.run && wait.request && hasEnded(wait.request) ? null : { waits: wait.run !== null };
  });
  return settled?.waits ?? true;
};

const waitingProblem = (tenantId: string): Problem => {
  const deletion = `${linksOf(tenantId).self}/deletion`;
  return new Problem('DELETION_WAITING', `POST ${deletion}/confirmation confirms it, DELETE ${deletion} calls it off`);
};

/** A tenant whose deletion has removed its record, but not completed. */
const removedTenant = async ({ pool }: ApiDependencies, tenantId: string): Promise<Tenant | null> => {
  const newest = isUuid(tenantId) ? await newestOperation(pool, tenantId) : null;
  return newest?.kind === 'DELETION' && newest.status !== 'COMPLETED' ? newest.removedTenant : null;
};

/** A confirmed deletion needs no second code. */
const resume = async (dependencies: ApiDependencies, tenant: Tenant, { actor, requestId }: MutationContext): Promise<Answer> => {
  const run = await openRun(dependencies, workflowIdOf(tenant.slug));
  if (run) throw runningProblem(dependencies, tenant.slug, run);
  const runId = await startOperation(dependencies, deletionStart('deleteTenant', 'Go on deleting', tenant, { tenantId: tenant.id, slug: tenant.slug, actor, requestId }));
  return accepted(dependencies, tenant.id, tenant.slug, 'DELETION', runId);
};

const startWait = async (dependencies: ApiDependencies, tenant: Tenant, input: DeletionRequest): Promise<Answer> => {
  const { temporal } = dependencies;
  const start = deletionStart('awaitDeletionConfirmation', 'Confirm the deletion of', tenant, input);
  const workflowId = deletionWaitWorkflowIdOf(tenant.id);
  const runId = await begin(temporal, () => temporal.client.workflow.start(start.workflowType, { ...startOptions(temporal, start), workflowId }))
    .then(({ firstExecutionRunId }) => firstExecutionRunId, (error: unknown) => startedRun(dependencies, start, error, workflowId, () => waitingProblem(tenant.id)));
  return waitAnswer(dependencies, tenant, runId);
};

const waitAnswer = async ({ pool, runs, settings }: ApiDependencies, tenant: Tenant, runId: string): Promise<Answer> => {
  const workflowId = deletionWaitWorkflowIdOf(tenant.id);
  // The wait is there, whether or not anything still tells what has become of it.
  const request = await untilFound(() => findDeletionRequest(pool, runId)).catch(() => null);
  const run = await runs.describeNow(workflowId).catch(() => null);
  const links = linksOf(tenant.id, temporalUrl(settings, workflowId, runId));
  // Whoever runs the service on their own machine has no mailbox for it.
  const code = request && settings.ENVIRONMENT === 'dev' ? await deletionCode(settings.DELETION_CODE_KEY, { ...request, admin: request.requestedBy }) : undefined;
  return {
    status: 202,
    headers: { Location: `${links.self}/deletion` },
    body: { tenantId: tenant.id, slug: tenant.slug, deletion: deletionRequestView({ run, request, isLost: false }, code), links },
  };
};

const deletionStart = (workflowType: string, verb: string, tenant: Tenant, input: DeletionRequest): OperationStart<DeletionRequest> => ({
  kind: 'DELETION', workflowType, tenant, input,
  summary: cut(`${verb} ${tenant.name} (${tenant.slug})`, 200),
  details: [`**Tenant** ${tenant.name}`, `**Slug** \`${tenant.slug}\``, `**Asked for by** ${input.actor}`].join('  \n'),
});
