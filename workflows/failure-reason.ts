import { ActivityFailure, ApplicationFailure, CancelledFailure, TimeoutFailure } from '@temporalio/workflow';

/** The sentence a person reads about why a run failed: the innermost failure's own words, not Temporal's wrapping. */
export const failureReason = (error: unknown): string => {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof TimeoutFailure) return `no answer in time (${cause.timeoutType ?? 'timeout'})`;
  if (cause instanceof CancelledFailure) return 'cancelled';
  return cause instanceof Error ? cause.message : String(cause);
};

/** The failure class of an error, where one of our activities gave it one. */
export const failureType = (error: unknown): string | undefined => ours(error)?.type ?? undefined;

const ours = (error: unknown): ApplicationFailure | undefined => {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  return cause instanceof ApplicationFailure ? cause : undefined;
};

/** Only an ApplicationFailure fails a run; anything else would retry the workflow task for ever. */
export const asRunFailure = (error: unknown): ApplicationFailure => {
  const { type, details } = ours(error) ?? {};
  return ApplicationFailure.create({
    message: failureReason(error),
    type: type ?? 'UNAVAILABLE',
    nonRetryable: true,
    ...(details && { details }),
    ...(error instanceof Error && { cause: error }),
  });
};
