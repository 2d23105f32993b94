import { Client, Connection } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { endpoints } from './endpoints.ts';

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
