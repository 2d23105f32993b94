import { setTimeout as sleep } from 'node:timers/promises';
import { createSession, type Session } from 'better-sse';
import type { RequestHandler } from 'express';
import type { ProvisioningStatusView } from '../tenant/views.ts';
import type { ApiDependencies } from './dependencies.ts';
import { Problem, problemBody } from './problems.ts';
import { requestIdOf } from './request-log.ts';
import { provisioningStatus, type VersionedStatus } from './status-view.ts';

/** Milliseconds between two looks at the projection. */
const INTERVAL_MS = 500;

/** Milliseconds after which a client whose stream broke should come again. */
const RECONNECT_MS = 2_000;

const isEnded = ({ view }: VersionedStatus): boolean => view.status === 'COMPLETED' || view.status === 'FAILED';

/**
 * The provisioning status as Server-Sent Events: every event is the whole status, its id the version of the projection, so that a client
 * that comes back with `Last-Event-ID` misses nothing. Ends with the provisioning; a client that has seen the end gets 204, which tells it
 * not to come again.
 */
export const streamStatus = (dependencies: ApiDependencies, tenantIdOf: (request: Parameters<RequestHandler>[0]) => string): RequestHandler =>
  async (request, response) => {
    const tenantId = tenantIdOf(request);
    const first = await provisioningStatus(dependencies, tenantId);
    const seen = request.get('last-event-id');
    if (isEnded(first) && seen === first.version) return void response.status(204).end();

    const session = await createSession(request, response, { retry: RECONNECT_MS, headers: { 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' } });
    const ended = AbortSignal.any([dependencies.shutdown, disconnection(session)]);
    try {
      await follow(dependencies, session, tenantId, first, ended);
    } catch (error) {
      if (error instanceof Problem) session.push(problemBody(error, request, requestIdOf(response)), 'gone');
      else if (!ended.aborted) throw error;
    } finally {
      response.end();
    }
  };

const disconnection = (session: Session): AbortSignal => {
  const controller = new AbortController();
  session.once('disconnected', () => controller.abort());
  return controller.signal;
};

const follow = async (
  dependencies: ApiDependencies, session: Session, tenantId: string, first: VersionedStatus, ended: AbortSignal,
): Promise<void> => {
  let last = '';
  for (let status: VersionedStatus | null = first; ; status = await next(dependencies, tenantId)) {
    if (ended.aborted) return;
    const content = status && contentOf(status.view);
    if (status && content !== last) session.push(status.view, 'status', status.version);
    if (status && isEnded(status)) return;
    last = content ?? last;
    await sleep(INTERVAL_MS, undefined, { signal: ended });
  }
};

/** The next status; null when it cannot be read right now, which the stream outlives. A tenant that is gone ends it. */
const next = (dependencies: ApiDependencies, tenantId: string): Promise<VersionedStatus | null> =>
  provisioningStatus(dependencies, tenantId).catch((error: unknown) => {
    if (error instanceof Problem && error.status < 500) throw error;
    dependencies.logger.warn({ err: error, tenantId }, 'could not read the status for a stream');
    return null;
  });

/** What makes two statuses differ, without the durations that grow by themselves. */
const contentOf = ({ estimate: _estimate, phases, ...rest }: ProvisioningStatusView): string =>
  JSON.stringify([rest, phases.map(({ seconds: _seconds, ...phase }) => phase)]);
