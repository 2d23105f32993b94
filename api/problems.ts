import type { Request } from 'express';
import type { Violation } from '../tenant/violations.ts';

/** Every way a call can be answered with an error, by its stable code: 1 the request, 2 the caller, 3 the tenant, 4 idempotency, 5 the service. */
export const PROBLEMS = {
  INVALID_REQUEST: { code: 'MATIH-TENANT-1001', status: 400, title: 'The request is not valid' },
  MALFORMED_JSON: { code: 'MATIH-TENANT-1002', status: 400, title: 'The body is not valid JSON' },
  BODY_TOO_LARGE: { code: 'MATIH-TENANT-1003', status: 413, title: 'The body is too large' },
  UNSUPPORTED_MEDIA_TYPE: { code: 'MATIH-TENANT-1004', status: 415, title: 'The body has to be application/json in UTF-8' },
  ROUTE_NOT_FOUND: { code: 'MATIH-TENANT-1005', status: 404, title: 'There is nothing at this address' },
  METHOD_NOT_ALLOWED: { code: 'MATIH-TENANT-1006', status: 405, title: 'The method is not allowed here' },
  UNAUTHENTICATED: { code: 'MATIH-TENANT-2001', status: 401, title: 'A valid token is needed' },
  FORBIDDEN: { code: 'MATIH-TENANT-2002', status: 403, title: 'The role does not allow this' },
  TENANT_NOT_FOUND: { code: 'MATIH-TENANT-3001', status: 404, title: 'There is no such tenant' },
  TENANT_GONE: { code: 'MATIH-TENANT-3002', status: 410, title: 'The tenant has been removed' },
  TENANT_CONFLICT: { code: 'MATIH-TENANT-3003', status: 409, title: 'Another tenant has what was asked for' },
  REQUEST_REFUSED: { code: 'MATIH-TENANT-3004', status: 422, title: 'The request was checked and refused' },
  OPERATION_RUNNING: { code: 'MATIH-TENANT-3005', status: 409, title: 'Another operation on the tenant is running' },
  OPERATION_NOT_LEGAL: { code: 'MATIH-TENANT-3006', status: 409, title: 'The operation is not legal in the tenant\'s present state' },
  OPERATION_NOT_FOUND: { code: 'MATIH-TENANT-3007', status: 404, title: 'There is no such operation' },
  NOTHING_TO_CANCEL: { code: 'MATIH-TENANT-3008', status: 409, title: 'There is nothing that could be cancelled' },
  DELETION_WAITING: { code: 'MATIH-TENANT-3009', status: 409, title: 'A deletion of the tenant waits for its confirmation already' },
  NO_DELETION_WAITING: { code: 'MATIH-TENANT-3010', status: 409, title: 'No deletion of the tenant waits for a confirmation' },
  CONFIRMATION_REFUSED: { code: 'MATIH-TENANT-3011', status: 403, title: 'The code does not confirm the deletion' },
  CERTIFICATE_NOT_FOUND: { code: 'MATIH-TENANT-3012', status: 404, title: 'There is no deletion certificate of such a tenant' },
  TENANT_BUSY: { code: 'MATIH-TENANT-3013', status: 429, title: 'Too many concurrent calls change the tenant' },
  IDEMPOTENCY_KEY_REUSED: { code: 'MATIH-TENANT-4001', status: 422, title: 'The idempotency key belongs to another request' },
  IDEMPOTENCY_KEY_IN_USE: { code: 'MATIH-TENANT-4002', status: 409, title: 'The first request with this idempotency key is still being answered' },
  INTERNAL: { code: 'MATIH-TENANT-5001', status: 500, title: 'Something went wrong on our side' },
  DATABASE_AWAY: { code: 'MATIH-TENANT-5002', status: 503, title: 'The control plane database is unavailable' },
  TEMPORAL_AWAY: { code: 'MATIH-TENANT-5003', status: 503, title: 'The workflow service cannot be reached' },
  KEYS_AWAY: { code: 'MATIH-TENANT-5004', status: 503, title: 'The keys for checking tokens cannot be reached' },
  NOT_ACCEPTED_IN_TIME: { code: 'MATIH-TENANT-5005', status: 503, title: 'The request was not accepted in time' },
} as const satisfies Record<string, { code: string; status: number; title: string }>;

export type ProblemName = keyof typeof PROBLEMS;

/** Seconds after which a caller may try again when something of ours was away. */
const RETRY_AFTER_SECONDS = 5;

export interface ProblemOptions {
  /** Members beside the standard ones, e.g. `violations`, `legal`. */
  extensions?: Readonly<Record<string, unknown>>;
  headers?: Readonly<Record<string, string>>;
}

/** Thrown by handlers; answered as RFC 9457 problem details. `detail` is for the caller: no internals, no secrets. */
export class Problem extends Error {
  readonly kind: ProblemName;
  readonly extensions: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(kind: ProblemName, detail: string, { extensions = {}, headers = {} }: ProblemOptions = {}) {
    super(detail);
    this.name = 'Problem';
    this.kind = kind;
    this.extensions = extensions;
    this.headers = this.status === 503 ? { 'Retry-After': String(RETRY_AFTER_SECONDS), ...headers } : headers;
  }

  get status(): number {
    return PROBLEMS[this.kind].status;
  }
}

/** A request with violations, as they all are. */
export const violationsProblem = (kind: ProblemName, violations: readonly Violation[]): Problem =>
  new Problem(kind, violations.map(({ field, message }) => `${field || 'the body'} ${message}`).join('; '), { extensions: { violations } });

/** The body of a problem's answer. The instance is the path alone: a query may hold what is nobody else's business. */
export const problemBody = (problem: Problem, { originalUrl }: Pick<Request, 'originalUrl'>, requestId: string): Record<string, unknown> => {
  const instance = originalUrl.split('?')[0];
  const { code, status, title } = PROBLEMS[problem.kind];
  return { type: `urn:problem:${code}`, title, status, detail: problem.message, instance, code, requestId, ...problem.extensions };
};
