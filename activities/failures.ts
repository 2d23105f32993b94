import { ApplicationFailure, ApplicationFailureCategory, CancelledFailure } from '@temporalio/common';
import { FAILURE_CLASSES, TenantError } from '../tenant/errors.ts';
import { wellFormed } from '../tenant/text.ts';

/** A Retry-After longer than this ends the run as CEILING_REACHED instead of holding it open. */
export const LONGEST_RETRY_AFTER_SECONDS = 15 * 60;

/**
 * The Temporal failure for anything thrown in an activity. When the activity is being cancelled its cancellation is what counts,
 * whatever a library made of the abort: an AbortError after an operator's pause would leave the activity stuck.
 */
export const toApplicationFailure = (error: unknown, signal: AbortSignal): ApplicationFailure | CancelledFailure => {
  if (signal.aborted) return signal.reason as CancelledFailure;
  if (error instanceof ApplicationFailure || error instanceof CancelledFailure) return error;
  if (!(error instanceof TenantError)) return unexpected(error);

  const { failureClass, retryAfterSeconds, message, details } = error;
  const tooLong = retryAfterSeconds !== undefined && retryAfterSeconds > LONGEST_RETRY_AFTER_SECONDS;
  const type = tooLong ? 'CEILING_REACHED' : failureClass;
  const nextTryAt = retryAfterSeconds === undefined ? undefined : new Date(Date.now() + retryAfterSeconds * 1000).toISOString();
  return ApplicationFailure.create({
    type,
    message,
    nonRetryable: !FAILURE_CLASSES[type].retryable,
    details: [{ ...details, mover: FAILURE_CLASSES[type].mover, ...(nextTryAt && { nextTryAt }) }],
    category: type === 'NOT_READY' ? ApplicationFailureCategory.BENIGN : undefined,
    nextRetryDelay: retryAfterSeconds === undefined || tooLong ? undefined : `${retryAfterSeconds}s`,
  });
};

/** A mistake of ours or a library error nobody classified: retried like an outage, its stack kept out of the message. */
const unexpected = (error: unknown): ApplicationFailure => {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return ApplicationFailure.create({ type: 'UNAVAILABLE', message: wellFormed(message), cause: error instanceof Error ? error : undefined });
};
