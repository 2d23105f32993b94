import { setTimeout as sleep } from 'node:timers/promises';
import type { DeletionRequestRow } from '../projection/deletion-rows.ts';
import { newestDeletionRequest, WAIT_ENDED } from '../projection/deletion-requests.ts';
import { deletionWaitWorkflowIdOf, workflowIdOf } from '../tenant/names.ts';
import type { Tenant } from '../tenant/tenant.ts';
import type { DeletionRequestView } from '../tenant/views.ts';
import type { ApiDependencies } from './dependencies.ts';
import type { RunDescription } from './runs.ts';
import { isTemporalNotFound, look } from './temporal.ts';

/** Milliseconds an answer waits for what the workflow finds, and how often it looks: answers are due within 5 s. */
const PATIENCE_MS = 3_000;
const INTERVAL_MS = 50;

/** Looks until there is something; null when there was nothing in time, e.g. because no worker is running. */
export const untilFound = async <T>(find: () => Promise<T | null>): Promise<T | null> => {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = await find();
    if (found !== null || Date.now() > deadline) return found;
    await sleep(INTERVAL_MS);
  }
};

export interface DeletionWait {
  /** The run that waits; null when none is open. */
  run: RunDescription | null;
  /** The tenant's newest request; null when there is none, or no worker has recorded it yet. */
  request: DeletionRequestRow | null;
  /** Whether the request is open in the database only: no wait and no deletion belongs to it. */
  isLost: boolean;
}

/** The wait for the confirmation of a tenant's deletion. */
export const deletionWaitOf = async ({ pool, runs }: ApiDependencies, { id, slug, status }: Tenant): Promise<DeletionWait> => {
  const description = await runs.describeNow(deletionWaitWorkflowIdOf(id));
  const run = description?.isOpen ? description : null;
  const request = await newestDeletionRequest(pool, id);
  const isOpen = async (): Promise<boolean> => {
    if (run || status === 'DELETING') return true;
    // After the confirmation the tenant's own run may be the deletion, before its first step.
    return request?.state === 'CONFIRMED' && (await runs.describeNow(workflowIdOf(slug)))?.isOpen === true;
  };
  return { run, request, isLost: request !== null && !hasEnded(request) && !await isOpen() };
};

/** Whether a request has left the tenant untouched. */
export const hasEnded = ({ state }: DeletionRequestRow): boolean => state !== 'WAITING' && state !== 'CONFIRMED';

/** Sends a signal to a wait. @returns false if the wait has closed */
export const signalWait = async ({ temporal }: ApiDependencies, { workflowId, runId }: RunDescription, signal: string, argument: unknown): Promise<boolean> => {
  try {
    await look(temporal, () => temporal.client.workflow.getHandle(workflowId, runId).signal(signal, argument));
    return true;
  } catch (error) {
    if (isTemporalNotFound(error)) return false;
    throw error;
  }
};

/** A deletion request as callers see it; QUEUED until a worker has recorded it. `code` only if the API may return it. */
export const deletionRequestView = ({ request, isLost }: DeletionWait, code?: string): DeletionRequestView => {
  if (!request) return { state: 'QUEUED', reason: null };
  const { state, reason, requestedBy, approver, confirmedBy, triesLeft, graceMinutes, createdAt, expiresAt } = request;
  return {
    state: isLost ? WAIT_ENDED.state : state,
    reason: isLost ? WAIT_ENDED.reason : reason,
    requestedBy, approver, confirmedBy, triesLeft, gracePeriodMinutes: graceMinutes, createdAt, expiresAt,
    ...(code !== undefined && { code }),
  };
};
