import type { RequestHandler } from 'express';
import { Problem } from './problems.ts';

/** Closes a route: any method but those it serves is answered with what it does serve. */
export const only = (...methods: readonly string[]): RequestHandler => (request, response) => {
  const allow = [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ');
  if (request.method === 'OPTIONS') return void response.status(204).set('Allow', allow).end();
  throw new Problem('METHOD_NOT_ALLOWED', `${request.method} is not allowed here, but ${allow}`, { headers: { Allow: allow } });
};

export const unknownRoute: RequestHandler = (request) => {
  throw new Problem('ROUTE_NOT_FOUND', `there is nothing at ${request.path}`);
};

/** Refuses a body that is not JSON, rather than not seeing it. */
export const requireJson: RequestHandler = (request, _response, next) => {
  const hasBody = request.get('transfer-encoding') !== undefined || Number(request.get('content-length') ?? 0) > 0;
  if (hasBody && !request.is('application/json')) throw new Problem('UNSUPPORTED_MEDIA_TYPE', 'send the body as Content-Type: application/json');
  next();
};

/** Levels of nesting a body may have; ours have four. What recurses over a body later is safe then. */
const DEPTH = 16;

const isDeeper = (value: unknown, levels: number): boolean =>
  typeof value === 'object' && value !== null && (levels === 0 || Object.values(value).some((item) => isDeeper(item, levels - 1)));

export const requireShallow: RequestHandler = (request, _response, next) => {
  if (isDeeper(request.body, DEPTH)) throw new Problem('INVALID_REQUEST', `the body is nested deeper than ${DEPTH} levels`);
  next();
};
