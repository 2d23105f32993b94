import { TenantError, type FailureClass } from '../../tenant/errors.ts';

/** The parts of a kafkajs error that determine its class. */
interface KafkaFailure extends Error {
  /** The broker's name of a protocol error. */
  type?: string;
  cause?: unknown;
}

/** Errors that persist until an operator or the caller changes something. */
const CLASSES: readonly (readonly [RegExp, FailureClass])[] = [
  [/_AUTHORIZATION_FAILED$|SASL/, 'UNAUTHORIZED'],
  [/^(MESSAGE_TOO_LARGE|RECORD_LIST_TOO_LARGE)$/, 'INVALID_REQUEST'],
];

/**
 * Classifies any kafkajs error. Refused credentials or rights are UNAUTHORIZED, a message that is too large is INVALID_REQUEST, all else is
 * UNAVAILABLE.
 */
export const kafkaError = (error: unknown): TenantError => {
  const failure = rootOf(error);
  const name = failure.type ?? failure.name;
  const failureClass = CLASSES.find(([pattern]) => pattern.test(name))?.[1] ?? 'UNAVAILABLE';
  return new TenantError(failureClass, `Kafka did not take the call: ${failure.message}`, { cause: error });
};

/** The broker's own error, below the library's report of exhausted retries. */
const rootOf = (error: unknown): KafkaFailure => {
  if (!(error instanceof Error)) return new Error(String(error));
  return error.name === 'KafkaJSNumberOfRetriesExceeded' && error.cause instanceof Error ? rootOf(error.cause) : error;
};
