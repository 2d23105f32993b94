import { createHash } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import type pg from 'pg';
import { claimKey, keepAnswer, releaseKey, type StoredAnswer } from '../projection/idempotency.ts';
import { principalOf } from './authentication.ts';
import { toProblem } from './errors.ts';
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
  idempotencyKey: string | undefined;
}

export type Mutation = (context: MutationContext) => Promise<Answer>;

const KEY = /^[\x21-\x7e]{1,255}$/;

/**
 * Handles a mutation. With `X-Idempotency-Key` its answer, good or bad, is kept and given again to a repetition by the same caller; an
 * answer that only says that something of ours was away is not kept, so that the repetition is a new try.
 */
export const mutation = (pool: pg.Pool, mutate: Mutation): RequestHandler => async (request, response) => {
  const actor = principalOf(response).subject;
  const idempotencyKey = request.get('x-idempotency-key');
  const context = { request, actor, idempotencyKey };
  if (idempotencyKey === undefined) return send(response, await mutate(context));
  if (!KEY.test(idempotencyKey)) throw new Problem('INVALID_REQUEST', 'X-Idempotency-Key has to be 1 to 255 printable characters without spaces');

  const claim = await claimKey(pool, actor, idempotencyKey, fingerprintOf(request));
  if (claim.kind === 'OTHER_REQUEST') throw new Problem('IDEMPOTENCY_KEY_REUSED', 'send another request with another key');
  if (claim.kind === 'IN_USE') throw new Problem('IDEMPOTENCY_KEY_IN_USE', 'repeat the request in a moment', { headers: { 'Retry-After': '1' } });
  if (claim.kind === 'ANSWERED') return send(response, claim.answer);

  const answer = await mutate(context).catch((error: unknown) => problemAnswer(error, request, response));
  if ('error' in answer) {
    // Without the release the key frees itself, a little later.
    await releaseKey(pool, actor, idempotencyKey).catch(() => {});
    throw answer.error;
  }
  await keepAnswer(pool, actor, idempotencyKey, { headers: {}, body: null, ...answer });
  send(response, answer);
};

const fingerprintOf = ({ method, originalUrl, body }: Request): string =>
  createHash('sha256').update(JSON.stringify([method, originalUrl, (body as unknown) ?? null])).digest('hex');

const problemAnswer = (error: unknown, request: Request, response: Response): StoredAnswer | { error: unknown } => {
  const problem = toProblem(error);
  if (problem.status >= 500) return { error };
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
