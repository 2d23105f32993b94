import type { ErrorRequestHandler } from 'express';
import type { Logger } from 'pino';
import { isDatabaseAway } from '../projection/pool.ts';
import { Problem, problemBody } from './problems.ts';
import { requestIdOf } from './request-log.ts';
import { isTemporalAway } from './temporal.ts';

/** Faults Express and its body parser find, by the type or status they carry. */
const fromFramework = (error: { type?: unknown; status?: unknown }): Problem | undefined => {
  switch (error.type) {
    case 'entity.parse.failed': return new Problem('MALFORMED_JSON', 'the body could not be parsed as a JSON object');
    case 'entity.too.large': return new Problem('BODY_TOO_LARGE', 'the body is larger than this service reads');
    case 'charset.unsupported':
    case 'encoding.unsupported': return new Problem('UNSUPPORTED_MEDIA_TYPE', 'this character set or content encoding is not supported');
    default: return error.status === 400 ? new Problem('INVALID_REQUEST', 'the request could not be read') : undefined;
  }
};

/** The problem behind anything thrown. What nobody foresaw says nothing about itself to the caller. */
export const toProblem = (error: unknown): Problem => {
  if (error instanceof Problem) return error;
  if (isDatabaseAway(error)) return new Problem('DATABASE_AWAY', 'try again later');
  if (isTemporalAway(error)) return new Problem('TEMPORAL_AWAY', 'try again later');
  return fromFramework(error as { type?: unknown; status?: unknown }) ?? new Problem('INTERNAL', 'the request id leads to the log');
};

/** Answers with problem details and logs what is ours to mend. */
export const answerProblems = (logger: Logger): ErrorRequestHandler => (error: unknown, request, response, next) => {
  const problem = toProblem(error);
  const requestId = requestIdOf(response);
  if (problem.status >= 500) logger.error({ err: error, requestId }, problem.message);
  if (response.headersSent) return next(error);
  response.status(problem.status).set({ ...problem.headers }).type('application/problem+json')
    .send(JSON.stringify(problemBody(problem, request, requestId)));
};
