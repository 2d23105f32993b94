import { wellFormed, wellFormedValue } from './text.ts';

/** Why something failed, and whose move it is. Connectors throw these; one interceptor turns them into Temporal failures. */

export type FailureClass =
  | 'INVALID_REQUEST' | 'CONFLICT' | 'CEILING_REACHED' | 'THROTTLED' | 'NOT_READY' | 'UNAUTHORIZED' | 'SUPERSEDED' | 'UNAVAILABLE';

/** Who has to act before it can go on: the caller, an operator of the platform, or nobody because it is retried. */
export type Mover = 'user' | 'operator' | 'nobody';

export interface FailureClassDescription {
  /** Whether Temporal retries it. */
  readonly retryable: boolean;
  readonly mover: Mover;
  /** What it means, for people. */
  readonly meaning: string;
}

export const FAILURE_CLASSES: Readonly<Record<FailureClass, FailureClassDescription>> = {
  INVALID_REQUEST: { retryable: false, mover: 'user', meaning: 'the request cannot be carried out as it is' },
  CONFLICT: { retryable: false, mover: 'operator', meaning: 'something of that name exists and belongs to someone else' },
  CEILING_REACHED: { retryable: false, mover: 'operator', meaning: 'a limit of an outside system is reached' },
  THROTTLED: { retryable: true, mover: 'nobody', meaning: 'an outside system asked us to slow down' },
  NOT_READY: { retryable: true, mover: 'nobody', meaning: 'an outside system has not finished yet' },
  UNAUTHORIZED: { retryable: true, mover: 'operator', meaning: 'an outside system refused our credentials' },
  SUPERSEDED: { retryable: false, mover: 'nobody', meaning: 'a newer operation has taken over' },
  UNAVAILABLE: { retryable: true, mover: 'nobody', meaning: 'an outside system is away or answered with an error' },
};

export interface TenantErrorOptions {
  cause?: unknown;
  /** From a Retry-After header or a ceiling's window. */
  retryAfterSeconds?: number;
  /** Facts for the reader, never secret values. */
  details?: Readonly<Record<string, unknown>>;
}

/**
 * Thrown by connectors, projection and activities when an operation cannot continue. The message is fit for users and contains no secrets.
 * Text from outside systems is made well formed here, so that it can be stored.
 */
export class TenantError extends Error {
  readonly failureClass: FailureClass;
  readonly retryAfterSeconds: number | undefined;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(failureClass: FailureClass, message: string, options: TenantErrorOptions = {}) {
    super(wellFormed(message), { cause: options.cause });
    this.name = 'TenantError';
    this.failureClass = failureClass;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.details = wellFormedValue(options.details);
  }
}

export const isFailureClass = (value: unknown): value is FailureClass =>
  typeof value === 'string' && Object.hasOwn(FAILURE_CLASSES, value);
