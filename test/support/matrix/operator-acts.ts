/** Acts of an operator in the Temporal Web UI on a run with an activity in progress. */
import assert from 'node:assert/strict';
import { WorkflowExecutionAlreadyStartedError, type Client } from '@temporalio/client';
import { workflowIdOf } from '../../../tenant/names.ts';
import { historyOf, pauseActivity, pendingActivities, unpauseActivity } from '../temporal.ts';
import { until } from '../until.ts';
import type { Attempt } from './rules.ts';

/** A run whose activity is held. */
export interface HeldRun {
  client: Client;
  held: Attempt;
  taskQueue: string;
  /** Looks at the tenant as a customer does. */
  look: () => Promise<void>;
}

const handleOf = ({ client, held: { slug, runId } }: HeldRun) => client.workflow.getHandle(workflowIdOf(slug), runId);

/** Waits until the newest run of a workflow id has closed; resolves with how. */
export const untilClosed = ({ workflow }: Client, workflowId: string, runId?: string): Promise<string> => until(`${workflowId} to close`, async () => {
  const { name } = (await workflow.getHandle(workflowId, runId).describe()).status;
  return name !== 'RUNNING' && name !== 'PAUSED' && name;
}, { seconds: 120, intervalMs: 200 });

/** The input that a run was started with. */
export const inputOf = async (client: Client, workflowId: string, runId: string): Promise<Record<string, unknown>> => {
  const [started] = await historyOf(client, workflowId, runId);
  const [payload] = started?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
  return JSON.parse(Buffer.from(payload?.data ?? []).toString()) as Record<string, unknown>;
};

/** Event ids to which a run may be reset. */
export const resetPoints = async (client: Client, workflowId: string, runId: string): Promise<number[]> =>
  (await historyOf(client, workflowId, runId)).filter((event) => event.workflowTaskCompletedEventAttributes).map(({ eventId }) => Number(eventId));

/** Resets a run as the Web UI does; resolves with the new run's id, or with nothing where Temporal itself refuses. */
export const reset = async ({ workflowService, options: { namespace } }: Client, workflowId: string, runId: string, eventId: number): Promise<string | undefined> =>
  workflowService.resetWorkflowExecution({
    namespace, workflowExecution: { workflowId, runId }, reason: 'reset by the operator', requestId: crypto.randomUUID(), workflowTaskFinishEventId: eventId as never,
  }).then((answer) => answer.runId, () => undefined);

const startLike = async (run: HeldRun, { workflowId = workflowIdOf(run.held.slug), changes = {} }: { workflowId?: string; changes?: object } = {}) => {
  const input = { ...await inputOf(run.client, workflowIdOf(run.held.slug), run.held.runId), ...changes };
  return run.client.workflow.start(run.held.workflowType, { workflowId, taskQueue: run.taskQueue, args: [input], memo: { tenantId: input['tenantId'], tenantSlug: run.held.slug } });
};

/** Ways to start a second run beside the one at work, none of which may change anything. */
const startBeside = async (run: HeldRun): Promise<void> => {
  const { client, held: { slug, workflowType } } = run;
  await assert.rejects(startLike(run), WorkflowExecutionAlreadyStartedError);
  const other = `${slug.slice(0, 24)}-else`;
  const beside = [
    await startLike(run, { workflowId: `operator-${slug}` }),
    await startLike(run, { workflowId: workflowIdOf(other), changes: { slug: other } }),
    await client.workflow.start(workflowType, { workflowId: workflowIdOf(`${slug.slice(0, 24)}-bad`), taskQueue: run.taskQueue, args: [{ slug }] }),
  ];
  for (const { workflowId } of beside) {
    const status = await untilClosed(client, workflowId);
    if (status === 'FAILED') continue;
    const { result } = await client.workflow.getHandle(workflowId).result() as { result: string };
    assert.equal(result, 'REFUSED', `${workflowId} ended ${status}`);
  }
};

type Act = (run: HeldRun) => Promise<void>;

export const ACTS = {
  cancel: async (run) => void await handleOf(run).cancel(),
  terminate: async (run) => void await handleOf(run).terminate('terminated by the operator'),
  'terminate, start like it, cancel': async (run) => {
    await handleOf(run).terminate('terminated by the operator');
    await run.look();
    await (await startLike(run)).cancel();
  },
  'reset the run': async (run) => {
    const workflowId = workflowIdOf(run.held.slug);
    const [first] = await resetPoints(run.client, workflowId, run.held.runId);
    assert.ok(first !== undefined && await reset(run.client, workflowId, run.held.runId, first), 'Temporal refuses the reset');
  },
  'reset the activity': async ({ client, held: { slug, activityId } }) => void await client.workflowService.resetActivity({
    namespace: client.options.namespace, execution: { workflowId: workflowIdOf(slug) }, id: activityId, identity: 'operator',
  }),
  'pause, unpause': async ({ client, held: { slug, activityId } }) => {
    const workflowId = workflowIdOf(slug);
    await pauseActivity(client, workflowId, activityId);
    await until(`${activityId} of ${slug} to pause`, async () => (await pendingActivities(client, workflowId)).every((pending) => pending.activityId !== activityId || pending.paused));
    await unpauseActivity(client, workflowId, activityId);
  },
  'start others beside it': startBeside,
} as const satisfies Readonly<Record<string, Act>>;

export type ActName = keyof typeof ACTS;
export const ACT_NAMES = Object.keys(ACTS) as ActName[];
