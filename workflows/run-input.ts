import { ApplicationFailure } from '@temporalio/workflow';
import type { ParsedRequest } from '../tenant/create-tenant.ts';
import type { Violation } from '../tenant/violations.ts';

/**
 * The parsed input of a run. An invalid input fails the run at once and frees its workflow id. The run has no row by then, so there is
 * nothing to close.
 */
export const runInput = <Request>(parsed: ParsedRequest<Request>): Request => {
  if (parsed.ok) return parsed.value;
  throw invalidInput(parsed.violations);
};

export const invalidInput = (violations: readonly Violation[]): ApplicationFailure => ApplicationFailure.create({
  type: 'INVALID_REQUEST',
  message: `the run was started with a wrong input: ${violations.map(({ field, message }) => `${field || 'it'} ${message}`).join('; ')}`,
  nonRetryable: true,
  details: [{ mover: 'user', violations }],
});
