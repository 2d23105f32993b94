import { Client, Connection } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { temporalDev } from '../../deploy/local/temporal-dev.ts';
import { endpoints } from './endpoints.ts';
import { until } from './until.ts';

export type HistoryEvent = temporal.api.history.v1.IHistoryEvent;
export type PendingActivity = temporal.api.workflow.v1.IPendingActivityInfo;
type Timestamp = HistoryEvent['eventTime'];

/** Runs `body` with a client of the stack's Temporal. */
export const withTemporal = async <Result>(body: (client: Client) => Promise<Result>, namespace = 'default'): Promise<Result> => {
  const connection = await Connection.connect({ address: endpoints().temporal });
  try {
    return await body(new Client({ connection, namespace }));
  } finally {
    await connection.close();
  }
};

/** The events of a run, in order; the newest run's unless one is named. */
export const historyOf = async ({ workflow }: Client, workflowId: string, runId?: string): Promise<HistoryEvent[]> =>
  (await workflow.getHandle(workflowId, runId).fetchHistory()).events ?? [];

/** What a run waits for now. */
export const pendingActivities = async ({ workflow }: Client, workflowId: string): Promise<PendingActivity[]> =>
  (await workflow.getHandle(workflowId).describe()).raw.pendingActivities ?? [];

/** Milliseconds since 1970. */
export const timeOf = (time: Timestamp): number => Number(time?.seconds ?? 0) * 1000 + (time?.nanos ?? 0) / 1e6;

/** One activity of a history: event ids in order, times in milliseconds since 1970, `started` that of its last attempt. */
export interface PastActivity {
  activityId: string;
  scheduledEventId: number;
  scheduled: number;
  started: number;
  attempts: number;
  endedEventId: number;
  ended: number;
}

/** The activities of a history that have ended, in the order they were scheduled. */
export const pastActivities = (events: readonly HistoryEvent[]): PastActivity[] => {
  const byId = new Map(events.map((event) => [Number(event.eventId), event]));
  return events.flatMap((event) => {
    const end = event.activityTaskCompletedEventAttributes ?? event.activityTaskFailedEventAttributes ?? event.activityTaskTimedOutEventAttributes;
    if (!end) return [];
    const scheduled = byId.get(Number(end.scheduledEventId));
    const started = byId.get(Number(end.startedEventId));
    return [{
      activityId: scheduled?.activityTaskScheduledEventAttributes?.activityId ?? '',
      scheduledEventId: Number(scheduled?.eventId),
      scheduled: timeOf(scheduled?.eventTime),
      started: timeOf(started?.eventTime),
      attempts: started?.activityTaskStartedEventAttributes?.attempt ?? 1,
      endedEventId: Number(event.eventId),
      ended: timeOf(event.eventTime),
    }];
  }).toSorted((a, b) => a.scheduledEventId - b.scheduledEventId);
};

const KEYWORD = 2;

/** A namespace of one's own on the stack's server, with the search attributes a run is started with. */
export const registerNamespace = (namespace: string): Promise<void> => withTemporal(async ({ connection, workflowService }) => {
  const names = Object.keys(temporalDev.searchAttributes);
  await workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: { seconds: 86_400 as never } });
  const { operatorService } = connection as Connection;
  await until(`namespace ${namespace}`, () => operatorService.addSearchAttributes({ namespace, searchAttributes: Object.fromEntries(names.map((name) => [name, KEYWORD])) })
    .then(() => true, () => false));
  await until(`search attributes of ${namespace}`, async () => {
    const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
    return names.every((name) => name in (customAttributes ?? {}));
  });
});

/** Resets a run to where an activity was first scheduled, as an operator does in the Web UI; resolves with the new run's id. */
export const resetTo = async (client: Client, workflowId: string, runId: string, activityId: string): Promise<string> => {
  const scheduled = (await historyOf(client, workflowId, runId)).find((event) => event.activityTaskScheduledEventAttributes?.activityId === activityId);
  const { runId: newRunId } = await client.workflowService.resetWorkflowExecution({
    namespace: client.options.namespace, workflowExecution: { workflowId, runId }, reason: 'reset by the test', requestId: crypto.randomUUID(),
    workflowTaskFinishEventId: scheduled?.activityTaskScheduledEventAttributes?.workflowTaskCompletedEventId ?? null,
  });
  return newRunId;
};

/** Pauses an activity, as an operator does. */
export const pauseActivity = async ({ options: { namespace }, workflowService }: Client, workflowId: string, id: string): Promise<void> =>
  void await workflowService.pauseActivity({ namespace, execution: { workflowId }, id, identity: 'test', reason: 'paused by the test', requestId: crypto.randomUUID() });

/** Ends an activity's pause. */
export const unpauseActivity = async ({ options: { namespace }, workflowService }: Client, workflowId: string, id: string): Promise<void> =>
  void await workflowService.unpauseActivity({ namespace, execution: { workflowId }, id, identity: 'test' });
