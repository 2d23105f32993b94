import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import { claimKey, keepAnswer, releaseKey, type StoredAnswer } from '../projection/idempotency.ts';
import { principalOf } from './authentication.ts';
import type { ApiDependencies } from './dependencies.ts';
import { toProblem } from './errors.ts';
import { fingerprintOf } from './fingerprint.ts';
import { Problem, problemBody } from './problems.ts';
import { requestIdOf } from './request-log.ts';

/** What a mutation answers with. */
export interface Answer {
  status: number;
  headers?: Record<string, string>;
  body?: unknown;
}

export interface MutationContext {
  request: Request;
  actor: string;
  /** Passed to each run that the request starts, so that an answer is about that run. All tries with one idempotency key share it. */
  requestId: string;
  /** Whether an earlier try gave no lasting answer. It may already have started the operation. */
  isRepetition: boolean;
}

export type Mutation = (context: MutationContext) => Promise<Answer>;

const KEY = /^[\x21-\x7e]{1,255}$/;

/** Statuses that a retry cannot change, because the problem is in the request. Any other status may pass by itself. */
const LASTING: ReadonlySet<number> = new Set([400, 403, 410, 422]);

/**
 * Handles a mutation. With `X-Idempotency-Key` its answer is stored and returned to repetitions by the same caller. A transient answer is
 * not stored; the repetition is a new try of the same request.
 */
export const mutation = (dependencies: ApiDependencies, mutate: Mutation): RequestHandler => async (request, response) => {
  const { tenantId } = request.params;
  const answer = await dependencies.calls.within(typeof tenantId === 'string' ? tenantId : undefined, () => answerTo(dependencies, mutate, request, response));
  send(response, answer);
};

const answerTo = async (dependencies: ApiDependencies, mutate: Mutation, request: Request, response: Response): Promise<Answer> => {
  const { pool, logger } = dependencies;
  const actor = principalOf(response).subject;
  const key = request.get('x-idempotency-key');
  if (key === undefined) return mutate({ request, actor, requestId: randomUUID(), isRepetition: false });
  if (!KEY.test(key)) throw new Problem('INVALID_REQUEST', 'X-Idempotency-Key has to be 1 to 255 printable characters without spaces');

  const claim = await claimKey(pool, actor, key, fingerprintOf(request));
  if (claim.kind === 'OTHER_REQUEST') throw new Problem('IDEMPOTENCY_KEY_REUSED', 'send another request with another key');
  if (claim.kind === 'IN_USE') throw new Problem('IDEMPOTENCY_KEY_IN_USE', 'repeat the request in a moment', { headers: { 'Retry-After': '1' } });
  if (claim.kind === 'ANSWERED') return claim.answer;

  const { requestId, isRepetition } = claim;
  const answer = await mutate({ request, actor, requestId, isRepetition }).catch((error: unknown) => problemAnswer(error, request, response));
  if ('error' in answer) {
    // Without the release the key frees itself, a little later.
    await releaseKey(pool, requestId).catch(() => {});
    throw answer.error;
  }
  // The effect stands without the stored answer. A repetition finds it by the request id.
  await keepAnswer(pool, requestId, { headers: {}, body: null, ...answer })
    .catch((error: unknown) => logger.warn({ err: error, requestId: requestIdOf(response) }, 'could not keep the answer to a request with an idempotency key'));
  return answer;
};

const problemAnswer = (error: unknown, request: Request, response: Response): StoredAnswer | { error: unknown } => {
  const problem = toProblem(error);
  if (!LASTING.has(problem.status)) return { error };
  return {
    status: problem.status,
    headers: { ...problem.headers, 'Content-Type': 'application/problem+json; charset=utf-8' },
    body: problemBody(problem, request, requestIdOf(response)),
  };
};

const send = (response: Response, { status, headers = {}, body }: Answer): void => {
  response.status(status).set({ 'Content-Type': 'application/json; charset=utf-8', ...headers });
  if (body === undefined) response.end();
  else response.send(JSON.stringify(body));
};
