import { setTimeout as sleep } from 'node:timers/promises';
import type { DeletionRequestRow } from '../projection/deletion-rows.ts';
import { newestDeletionRequest } from '../projection/deletions.ts';
import { ENDED_OUTSIDE } from '../projection/operation-end.ts';
import { deletionWaitWorkflowIdOf } from '../tenant/names.ts';
import type { Tenant } from '../tenant/tenant.ts';
import type { DeletionRequestView } from '../tenant/views.ts';
import type { ApiDependencies } from './dependencies.ts';
import type { RunDescription } from './runs.ts';

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
}

/** The wait for the confirmation of a tenant's deletion. A run of the same slug that is about another tenant does not count. */
export const deletionWaitOf = async ({ pool, runs }: ApiDependencies, { id, slug }: Pick<Tenant, 'id' | 'slug'>): Promise<DeletionWait> => {
  const run = await runs.describeNow(deletionWaitWorkflowIdOf(slug));
  return { run: run?.isOpen && run.tenantId === id ? run : null, request: await newestDeletionRequest(pool, id) };
};

/** A deletion request as callers see it; QUEUED until a worker has recorded it. `code` only where the API may tell it. */
export const deletionRequestView = ({ run, request }: DeletionWait, code?: string): DeletionRequestView => {
  if (!request) return { state: 'QUEUED', reason: null };
  const { state, reason, requestedBy, approver, confirmedBy, triesLeft, graceMinutes, createdAt, expiresAt } = request;
  const isLost = state === 'WAITING' && !run;
  return {
    state: isLost ? 'CALLED_OFF' : state,
    reason: isLost ? ENDED_OUTSIDE : reason,
    requestedBy, approver, confirmedBy, triesLeft, gracePeriodMinutes: graceMinutes, createdAt, expiresAt,
    ...(code !== undefined && { code }),
  };
};
