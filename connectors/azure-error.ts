import { TenantError, type FailureClass } from '../tenant/errors.ts';
import { callContext } from './call-context.ts';
import { retryAfterSeconds } from './retry-after.ts';

/** What the Azure libraries' RestError, of whichever copy of the library, is known by. */
interface AzureFailure extends Error {
  statusCode?: number;
  code?: string;
  response?: { headers: { get(name: string): string | undefined } };
}

/** Azure's codes for a ceiling of the subscription, such as the number of zones or of record sets in one. */
const CEILING = /quota|limitexceeded|maxnumberof|toomany(?!requests)/i;

/** Names of the errors that @azure/identity throws when there are no credentials or they are refused. */
const CREDENTIALS = /^(Aggregate)?Authentication\w*Error$|^Credential\w*Error$/;

const CLASS_OF_STATUS: Readonly<Record<number, FailureClass>> = {
  400: 'INVALID_REQUEST', 401: 'UNAUTHORIZED', 403: 'UNAUTHORIZED', 409: 'NOT_READY', 429: 'THROTTLED',
};

/**
 * Runs calls to Azure; what they throw becomes a TenantError that names `system`: a subscription's limit CEILING_REACHED, 401/403
 * and missing credentials UNAUTHORIZED, 409 (another change is under way) NOT_READY, 429 THROTTLED with Azure's own waiting time, 400 INVALID_REQUEST,
 * anything else UNAVAILABLE. A cancelled activity's reason goes on as it is.
 */
export const azureError = async <T>(system: string, calls: () => Promise<T>): Promise<T> => {
  try {
    return await calls();
  } catch (error) {
    const cancelled = callContext()?.signal;
    if (cancelled?.aborted) throw cancelled.reason;
    throw error instanceof TenantError ? error : asTenantError(system, error as AzureFailure);
  }
};

const asTenantError = (system: string, error: AzureFailure): TenantError => {
  const { statusCode, code, message } = error;
  const retryAfter = retryAfterSeconds(error.response?.headers.get('retry-after'));
  if (CREDENTIALS.test(error.name)) return new TenantError('UNAUTHORIZED', `${system}: no valid Azure credentials`, { cause: error });
  if (statusCode === undefined) {
    const reason = error.name === 'AbortError' || error.name === 'TimeoutError' ? 'no answer in time' : code ?? message;
    return new TenantError('UNAVAILABLE', `${system} cannot be reached: ${reason}`, { cause: error });
  }
  const isCeiling = statusCode !== 429 && code !== undefined && CEILING.test(code);
  const failureClass = isCeiling ? 'CEILING_REACHED' : CLASS_OF_STATUS[statusCode] ?? 'UNAVAILABLE';
  return new TenantError(failureClass, `${system} answered ${statusCode}${code ? ` ${code}` : ''}`, {
    cause: error, ...(retryAfter !== undefined && { retryAfterSeconds: retryAfter }), details: { statusCode, code },
  });
};
