import { ApplicationFailure, ApplicationFailureCategory, CancelledFailure } from '@temporalio/common';
import { FAILURE_CLASSES, TenantError } from '../tenant/errors.ts';
import { wellFormed } from '../tenant/text.ts';

/** A Retry-After longer than this ends the run as CEILING_REACHED instead of holding it open. */
export const LONGEST_RETRY_AFTER_SECONDS = 15 * 60;

/** Longest backoff between two attempts without a Retry-After. */
const LONGEST_BACKOFF_SECONDS = 15;

/** Backoff in seconds before the next attempt: 1, 2, 4, 8, 15, 15 …, equal to the workflows' retry policy. */
export const backoffSeconds = (attempt: number): number => Math.min(2 ** Math.min(attempt - 1, 10), LONGEST_BACKOFF_SECONDS);

/**
 * The Temporal failure for any error of an activity. A cancellation takes precedence over the error that a library makes of the abort: an
 * AbortError after an operator's pause would leave the activity stuck. A Retry-After only lengthens the pause.
 */
export const toApplicationFailure = (error: unknown, signal: AbortSignal, attempt: number): ApplicationFailure | CancelledFailure => {
  if (signal.aborted) return signal.reason as CancelledFailure;
  if (error instanceof ApplicationFailure || error instanceof CancelledFailure) return error;
  if (!(error instanceof TenantError)) return unexpected(error);

  const { failureClass, retryAfterSeconds, message, details } = error;
  const tooLong = retryAfterSeconds !== undefined && retryAfterSeconds > LONGEST_RETRY_AFTER_SECONDS;
  const type = tooLong ? 'CEILING_REACHED' : failureClass;
  const pauseSeconds = retryAfterSeconds === undefined ? undefined : tooLong ? retryAfterSeconds : Math.max(retryAfterSeconds, backoffSeconds(attempt));
  const nextTryAt = pauseSeconds === undefined ? undefined : new Date(Date.now() + pauseSeconds * 1000).toISOString();
  return ApplicationFailure.create({
    type,
    message,
    nonRetryable: !FAILURE_CLASSES[type].retryable,
    details: [{ ...details, mover: FAILURE_CLASSES[type].mover, ...(nextTryAt && { nextTryAt }) }],
    category: type === 'NOT_READY' ? ApplicationFailureCategory.BENIGN : undefined,
    nextRetryDelay: pauseSeconds === undefined || tooLong ? undefined : `${pauseSeconds}s`,
  });
};

/** The same failure without further retries, for an activity whose time in trouble is used up. */
export const asFinal = ({ type, message, details }: ApplicationFailure): ApplicationFailure =>
  ApplicationFailure.create({ message, nonRetryable: true, ...(type && { type }), ...(details && { details }) });

/** SQLSTATE classes of a value that no column accepts and of a violated constraint. The same statement never succeeds. */
const UNSTORABLE = /^2[23]...$/;

/** A bug, or an unclassified error of a library. It is retried like an outage; its stack stays out of the message. */
const unexpected = (error: unknown): ApplicationFailure => {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const { code } = error as { code?: unknown };
  if (typeof code === 'string' && UNSTORABLE.test(code)) return ApplicationFailure.create({ type: 'INVALID_REQUEST', message: wellFormed(message), nonRetryable: true });
  return ApplicationFailure.create({ type: 'UNAVAILABLE', message: wellFormed(message), cause: error instanceof Error ? error : undefined });
};
