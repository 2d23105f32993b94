import { FAILURE_CLASSES, TenantError } from '../tenant/errors.ts';
import { OwnershipLost } from './ownership.ts';

/** Result of independent pieces of work: the values of those that succeeded, and one error that names the failed ones. */
export interface Attempted<Result> {
  done: Readonly<Record<string, Result>>;
  problem: Error | undefined;
}

/** Whether an error concerns the whole attempt: another attempt or run has taken over. */
const isLoss = (error: unknown): boolean => error instanceof OwnershipLost || (error instanceof TenantError && error.failureClass === 'SUPERSEDED');

/**
 * Attempts every piece, independently of the others. The error is retryable while a single piece may yet succeed. Throws when another
 * attempt or run has taken over.
 */
export const attemptAll = async <Result>(pieces: Readonly<Record<string, () => Promise<Result>>>): Promise<Attempted<Result>> => {
  const names = Object.keys(pieces);
  const outcomes = await Promise.allSettled(names.map((name) => pieces[name]!()));
  const done: Record<string, Result> = {};
  const errors: (readonly [string, unknown])[] = [];
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome.status === 'fulfilled') done[names[index]!] = outcome.value;
    else if (isLoss(outcome.reason)) throw outcome.reason;
    else errors.push([names[index]!, outcome.reason]);
  }
  return { done, problem: errors.length === 0 ? undefined : joined(errors) };
};

const joined = (errors: readonly (readonly [string, unknown])[]): TenantError => {
  const classified = errors.map(([name, error]) => [name, error instanceof TenantError ? error : new TenantError('UNAVAILABLE', String(error), { cause: error })] as const);
  const retried = classified.filter(([, { failureClass }]) => FAILURE_CLASSES[failureClass].retryable).map(([, error]) => error);
  // Throttling costs no time in trouble. It determines the error only if there is no other failure.
  const leading = retried.find(({ failureClass }) => failureClass !== 'THROTTLED') ?? retried[0] ?? classified[0]![1];
  const pauses = retried.flatMap(({ retryAfterSeconds }) => retryAfterSeconds ?? []);
  return new TenantError(leading.failureClass, classified.map(([name, { message }]) => `${name}: ${message}`).join('; '), {
    cause: leading, ...(pauses.length > 0 && { retryAfterSeconds: Math.max(...pauses) }),
  });
};
