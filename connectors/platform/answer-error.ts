import { callContext } from '../call-context.ts';
import { retryAfterSeconds } from '../retry-after.ts';
import { TenantError, type FailureClass } from '../../tenant/errors.ts';
import { cut } from '../../tenant/text.ts';

const CLASS_OF_STATUS: Readonly<Record<number, FailureClass>> = {
  400: 'INVALID_REQUEST', 401: 'UNAUTHORIZED', 403: 'UNAUTHORIZED', 409: 'CONFLICT', 413: 'INVALID_REQUEST', 422: 'INVALID_REQUEST', 429: 'THROTTLED',
};

/** Characters of a service's own words that are repeated in our message. */
const LONGEST_QUOTE = 200;

/** The error for an answer with a status from 400 up. A status not in the table, such as 404 or 500, counts as UNAVAILABLE. */
export const answerError = (service: string, status: number, body: string, retryAfter?: string): TenantError => {
  const words = wordsOf(body);
  return new TenantError(CLASS_OF_STATUS[status] ?? 'UNAVAILABLE', `${service} answered ${status}${words ? `: ${words}` : ''}`, {
    retryAfterSeconds: retryAfterSeconds(retryAfter),
    details: { service, status },
  });
};

/** The error for a call that got no answer: UNAVAILABLE, unless the activity was cancelled, whose reason then goes on. */
export const unreachable = (service: string, error: unknown): unknown => {
  const cancelled = callContext()?.signal;
  if (cancelled?.aborted) return cancelled.reason;
  const timedOut = error instanceof Error && error.name === 'TimeoutError';
  const code = (error as { code?: unknown }).code;
  const reason = timedOut ? 'no answer in time' : typeof code === 'string' ? code : 'connection failed';
  return new TenantError('UNAVAILABLE', `${service} cannot be reached: ${reason}`, { cause: error, details: { service } });
};

/** What a service says about an error, from the fields that error bodies have; the rest of a body could be anything. */
const wordsOf = (body: string): string | undefined => {
  try {
    const { detail, message, title } = JSON.parse(body) as Record<string, unknown>;
    const words = [detail, message, title].find((candidate) => typeof candidate === 'string' && candidate !== '');
    return typeof words === 'string' ? cut(words, LONGEST_QUOTE) : undefined;
  } catch {
    return undefined;
  }
};
