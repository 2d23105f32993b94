import { setTimeout as sleep } from 'node:timers/promises';
import { createSession, type Session } from 'better-sse';
import type { Request, RequestHandler } from 'express';
import type { PhaseView } from '../tenant/views.ts';
import type { ApiDependencies } from './dependencies.ts';
import { Problem, problemBody } from './problems.ts';
import { requestIdOf } from './request-log.ts';
import type { Versioned } from './versioned.ts';

/** Milliseconds between two looks at the projection. */
const INTERVAL_MS = 500;

/** Milliseconds after which a client whose stream broke should come again. */
const RECONNECT_MS = 2_000;

/** What can be followed: something with phases. */
interface Status {
  phases: PhaseView[];
}

type Read<View> = () => Promise<Versioned<View>>;

/**
 * A status as Server-Sent Events: every event is the whole status, its id the version of the projection, so that a client that comes back
 * with `Last-Event-ID` misses nothing. Ends with what it tells of; a client that has seen the end gets 204, which tells it not to come again.
 */
export const streamOf = <View extends Status>(dependencies: ApiDependencies, readOf: (request: Request) => Read<View>): RequestHandler =>
  async (request, response) => {
    const read = readOf(request);
    const first = await read();
    if (first.isEnded && request.get('last-event-id') === first.version) return void response.status(204).end();

    const session = await createSession(request, response, { retry: RECONNECT_MS, headers: { 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' } });
    const ended = AbortSignal.any([dependencies.shutdown, disconnection(session)]);
    try {
      await follow(session, read, first, ended, (error) => dependencies.logger.warn({ err: error, url: request.originalUrl }, 'could not read the status for a stream'));
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

const follow = async <View extends Status>(
  session: Session, read: Read<View>, first: Versioned<View>, ended: AbortSignal, onTrouble: (error: unknown) => void,
): Promise<void> => {
  let last = '';
  for (let status: Versioned<View> | null = first; ; status = await next(read, onTrouble)) {
    if (ended.aborted) return;
    const content = status && contentOf(status.view);
    if (status && content !== last) session.push(status.view, 'status', status.version);
    if (status?.isEnded) return;
    last = content ?? last;
    await sleep(INTERVAL_MS, undefined, { signal: ended });
  }
};

/** The next status; null when it cannot be read right now, which the stream outlives. What is gone ends it. */
const next = <View>(read: Read<View>, onTrouble: (error: unknown) => void): Promise<Versioned<View> | null> =>
  read().catch((error: unknown) => {
    if (error instanceof Problem && error.status < 500) throw error;
    onTrouble(error);
    return null;
  });

/** What makes two statuses differ, without the durations that grow by themselves. */
const contentOf = (view: Status): string => {
  const { estimate: _estimate, phases, ...rest } = view as Status & { estimate?: unknown };
  return JSON.stringify([rest, phases.map(({ seconds: _seconds, ...phase }) => phase)]);
};
