import { randomUUID } from 'node:crypto';
import type { RequestHandler, Response } from 'express';
import type { Logger } from 'pino';

/** What a caller may name its request: short and harmless in a log line and a header. */
const REQUEST_ID = /^[\w.:-]{1,128}$/;

/** The id of the request being answered. */
export const requestIdOf = (response: Response): string => response.locals['requestId'] as string;

/** Gives each request an id, the caller's own if it is a sensible one, sends it back, and logs one line when the answer is done. */
export const logRequests = (logger: Logger): RequestHandler => (request, response, next) => {
  const given = request.get('x-request-id');
  const requestId = given !== undefined && REQUEST_ID.test(given) ? given : randomUUID();
  const started = performance.now();
  const path = request.path;
  response.locals['requestId'] = requestId;
  response.set('X-Request-ID', requestId);
  response.on('close', () => {
    const { method } = request;
    const line = { requestId, method, path, status: response.statusCode, milliseconds: Math.round(performance.now() - started) };
    logger[path === '/healthz' || path === '/readyz' ? 'debug' : 'info'](line, `${method} ${path} ${response.statusCode}`);
  });
  next();
};
