import type { FailureClass } from '../tenant/errors.ts';
import { isFailureClass } from '../tenant/errors.ts';
import { OPERATION_KINDS, type OperationKind } from '../tenant/lifecycle.ts';
import { SEARCH_ATTRIBUTES } from './search-attributes.ts';
import { isTemporalNotFound, look, type Temporal } from './temporal.ts';

/** An activity Temporal has scheduled and not seen the end of. */
export interface PendingActivity {
  activityId: string;
  attempt: number;
  /** null: unlimited. */
  maximumAttempts: number | null;
  lastError: { class: FailureClass; message: string } | null;
  nextTryAt: Date | null;
  paused: boolean;
}

/** The newest run of a workflow id as Temporal describes it. */
export interface RunDescription {
  workflowId: string;
  runId: string;
  /** From the memo; undefined for a run that was not started by this service. */
  tenantId: string | undefined;
  slug: string | undefined;
  kind: OperationKind | undefined;
  /** Id of the request that started the run; from the memo. */
  requestId: string | undefined;
  isOpen: boolean;
  startedAt: Date;
  endedAt: Date | undefined;
  pending: PendingActivity[];
}

/**
 * Reads runs by workflow id; null when Temporal knows none. `describe` may be up to a second old, `describeNow` is not. `find` looks one run
 * up by its own id, newest of its workflow id or not.
 */
export interface RunReader {
  describe: (workflowId: string) => Promise<RunDescription | null>;
  describeNow: (workflowId: string) => Promise<RunDescription | null>;
  find: (runId: string) => Promise<RunDescription | null>;
}

/** Many watchers of one tenant are to cost Temporal one look a second. */
const FRESH_MS = 1_000;

/** With Temporal away each look costs its whole deadline, so for a while watchers are told at once. */
const AWAY_MS = 5_000;

interface Look {
  at: number;
  description: Promise<RunDescription | null>;
}

export const createRunReader = (temporal: Temporal): RunReader => {
  const looks = new Map<string, Look>();
  let away: { until: number; error: unknown } | null = null;

  const describeNow = (workflowId: string): Promise<RunDescription | null> => {
    const now = Date.now();
    for (const [id, { at }] of looks) if (now - at > FRESH_MS) looks.delete(id);
    const description = describeRun(temporal, workflowId);
    looks.set(workflowId, { at: now, description });
    description.then(() => { away = null; }, (error: unknown) => { away = { until: Date.now() + AWAY_MS, error }; });
    return description;
  };
  const describe = async (workflowId: string): Promise<RunDescription | null> => {
    if (away && Date.now() < away.until) throw away.error;
    const last = looks.get(workflowId);
    return last && Date.now() - last.at <= FRESH_MS ? last.description : describeNow(workflowId);
  };
  const find = async (runId: string): Promise<RunDescription | null> => {
    const query = `RunId = '${runId}'`;
    const { executions } = await look(temporal, () => temporal.connection.workflowService.listWorkflowExecutions({ namespace: temporal.namespace, query, pageSize: 1 }));
    const workflowId = executions[0]?.execution?.workflowId;
    return workflowId ? describeRun(temporal, workflowId, runId) : null;
  };
  return { describe, describeNow, find };
};

type Description = Awaited<ReturnType<ReturnType<Temporal['client']['workflow']['getHandle']>['describe']>>;
type RawActivity = NonNullable<Description['raw']['pendingActivities']>[number];

const describeRun = async (temporal: Temporal, workflowId: string, runId?: string): Promise<RunDescription | null> => {
  try {
    const description = await look(temporal, () => temporal.client.workflow.getHandle(workflowId, runId).describe());
    const kind = description.typedSearchAttributes.get(SEARCH_ATTRIBUTES.operation);
    return {
      workflowId,
      runId: description.runId,
      tenantId: description.memo?.['tenantId'] as string | undefined,
      slug: description.memo?.['tenantSlug'] as string | undefined,
      kind: OPERATION_KINDS.find((candidate) => candidate === kind),
      requestId: description.memo?.['requestId'] as string | undefined,
      isOpen: description.status.name === 'RUNNING' || description.status.name === 'PAUSED',
      startedAt: description.startTime,
      endedAt: description.closeTime,
      pending: (description.raw.pendingActivities ?? []).map(toPendingActivity),
    };
  } catch (error) {
    if (isTemporalNotFound(error)) return null;
    throw error;
  }
};

const toPendingActivity = (activity: RawActivity): PendingActivity => {
  const { lastFailure, nextAttemptScheduleTime } = activity;
  const type = lastFailure?.applicationFailureInfo?.type;
  return {
    activityId: activity.activityId ?? '',
    attempt: activity.attempt ?? 1,
    maximumAttempts: activity.maximumAttempts || null,
    // A failure without one of our types is Temporal's own: a timeout, or a worker that died.
    lastError: lastFailure ? { class: isFailureClass(type) ? type : 'UNAVAILABLE', message: lastFailure.message ?? '' } : null,
    nextTryAt: nextAttemptScheduleTime ? new Date(Number(nextAttemptScheduleTime.seconds ?? 0) * 1000 + (nextAttemptScheduleTime.nanos ?? 0) / 1e6) : null,
    paused: activity.paused ?? false,
  };
};
