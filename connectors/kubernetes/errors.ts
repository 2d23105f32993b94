import { TenantError, type FailureClass } from '../../tenant/errors.ts';
import { positiveSeconds, retryAfterSeconds } from '../retry-after.ts';

/** The fields of the API's Status object that decide how an error is treated. */
interface Status {
  reason?: string;
  message?: string;
  details?: { kind?: string; retryAfterSeconds?: number; causes?: { reason?: string }[] };
}

/** The API server's text for a field of another field manager. Reading the object again does not resolve this conflict. */
const OWNED_FIELD = /^Apply failed with \d+ conflict/;

/** The error for an answer that is not a success. */
export const statusError = (code: number, body: string, retryAfter?: string): TenantError => {
  const status = parseStatus(body);
  const seconds = retryAfterSeconds(retryAfter) ?? positiveSeconds(Number(status.details?.retryAfterSeconds));
  return new TenantError(classOf(code, status), `Kubernetes: ${status.message ?? status.reason ?? `HTTP ${code}`}`, {
    details: { status: code, ...(status.reason && { reason: status.reason }) },
    ...(seconds !== undefined && { retryAfterSeconds: seconds }),
  });
};

/** The error of a request for a kind whose definition is not installed. */
export const unknownKind = (apiVersion: string, kind: string): TenantError =>
  new TenantError('UNAVAILABLE', `Kubernetes: the cluster does not serve ${apiVersion} ${kind}`, { details: { status: 404, reason: 'UnknownKind' } });

/** Anything thrown on the way to an answer: errors that are classified already, else a connection that failed or took too long. */
export const transportError = (error: unknown, timeoutMs: number): TenantError => {
  if (error instanceof TenantError) return error;
  const { name, message, cause } = error as Error & { cause?: { code?: string; message?: string } };
  if (name === 'TimeoutError') return new TenantError('UNAVAILABLE', `Kubernetes: no answer within ${timeoutMs / 1000} s`, { cause: error });
  return new TenantError('UNAVAILABLE', `Kubernetes: ${cause?.code ?? cause?.message ?? message}`, { cause: error });
};

/** The same error without the API's words, which quote the value of a Secret they complain about. */
export const withoutQuotation = ({ failureClass, retryAfterSeconds, details }: TenantError): TenantError =>
  new TenantError(failureClass, `Kubernetes: a Secret was refused (${String(details?.['reason'] ?? details?.['status'])})`, {
    ...(details && { details }), ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  });

/** Whether a write was refused because the object has changed since it was read. */
export const isOutdated = (error: unknown): boolean =>
  error instanceof TenantError && error.failureClass === 'UNAVAILABLE' && error.details?.['status'] === 409;

export const isNotFound = (error: unknown): boolean => error instanceof TenantError && error.details?.['status'] === 404;

const parseStatus = (body: string): Status => {
  try {
    return JSON.parse(body) as Status;
  } catch {
    return {};
  }
};

const classOf = (code: number, { reason, message = '', details }: Status): FailureClass => {
  switch (code) {
    case 400: case 405: case 413: case 415: case 422:
      return 'INVALID_REQUEST';
    case 401:
      return 'UNAUTHORIZED';
    case 403:
      if (message.includes('exceeded quota')) return 'CEILING_REACHED';
      // A namespace of the same name is still on its way out.
      if (details?.causes?.some((cause) => cause.reason === 'NamespaceTerminating')) return 'NOT_READY';
      if (message.includes('status unknown for quota')) return 'NOT_READY';
      return 'UNAUTHORIZED';
    case 409:
      // An object of that name is being deleted.
      if (message.includes('object is being deleted')) return 'NOT_READY';
      // Concurrent writers of the object or of its quota, or a failed precondition. The next attempt reads the current state.
      return reason === 'Conflict' && !OWNED_FIELD.test(message) ? 'UNAVAILABLE' : 'CONFLICT';
    case 429:
      return 'THROTTLED';
    default:
      return 'UNAVAILABLE';
  }
};
