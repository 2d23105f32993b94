import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { request } from 'undici';
import type { z } from 'zod';
import { TenantError } from '../../tenant/errors.ts';
import type { WorkerSettings } from '../../settings/worker.ts';
import { callContext, callSignal, mutating } from '../call-context.ts';
import { answerError, unreachable } from './answer-error.ts';

export type ServiceSettings = Pick<WorkerSettings, 'SERVICE_JWT_SECRET' | 'SERVICE_CALL_TIMEOUT_SECONDS'>;

export interface ServiceRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Path below the base URL; its variable parts already encoded. */
  path: string;
  query?: Readonly<Record<string, string | number>>;
  body?: unknown;
  /** The tenant the call is about, where it is not that of the call context. */
  tenantId?: string;
  /**
   * Sent with a mutation. Only a POST needs one that survives a retry; without it every call gets its own, because a PUT or DELETE
   * repeated later on in an operation (there and back again) has to take effect again.
   */
  idempotencyKey?: string;
  /** Statuses from 400 up that are an answer, not an error. */
  accept?: readonly number[];
}

export interface ServiceAnswer {
  status: number;
  /** The body, checked; UNAVAILABLE when it has another shape. */
  read<T>(schema: z.ZodType<T>): T;
}

/** One of the platform's own services. Throws TenantError as `answerError` and `unreachable` classify. */
export interface ServiceClient {
  send(request: ServiceRequest): Promise<ServiceAnswer>;
}

/** Life of a service token, in seconds (the platform's rule). */
const TOKEN_LIFETIME_SECONDS = 300;

/** A client of the service called `service` at `baseUrl`. */
export const createServiceClient = (service: string, baseUrl: string, settings: ServiceSettings): ServiceClient => {
  const key = new TextEncoder().encode(settings.SERVICE_JWT_SECRET);

  /** Signing takes microseconds, so no token is kept. */
  const token = (): Promise<string> => new SignJWT({ type: 'service' })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer('matih-platform')
    .setSubject('tenant-service')
    .setJti(randomUUID())
    .setIssuedAt()
    .setExpirationTime(`${TOKEN_LIFETIME_SECONDS}s`)
    .sign(key);

  const headers = async ({ method, tenantId, idempotencyKey, body }: ServiceRequest): Promise<Record<string, string>> => {
    const context = callContext();
    const tenant = tenantId ?? context?.tenantId;
    return {
      authorization: `Bearer ${await token()}`,
      accept: 'application/json',
      'x-request-id': context?.requestId ?? randomUUID(),
      ...(tenant && { 'x-tenant-id': tenant }),
      ...(method !== 'GET' && { 'x-idempotency-key': idempotencyKey ?? randomUUID() }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    };
  };

  const exchange = async (call: ServiceRequest): Promise<{ status: number; retryAfter: string | undefined; text: string }> => {
    const url = new URL(baseUrl.replace(/\/$/, '') + call.path);
    for (const [name, value] of Object.entries(call.query ?? {})) url.searchParams.set(name, String(value));
    const signal = callSignal(settings.SERVICE_CALL_TIMEOUT_SECONDS * 1000);
    try {
      const answer = await request(url, {
        method: call.method,
        headers: await headers(call),
        body: call.body === undefined ? null : JSON.stringify(call.body),
        signal,
      });
      const retryAfter = answer.headers['retry-after'];
      return { status: answer.statusCode, retryAfter: Array.isArray(retryAfter) ? retryAfter[0] : retryAfter, text: await answer.body.text() };
    } catch (error) {
      throw unreachable(service, error);
    }
  };

  return {
    async send(call) {
      const { status, retryAfter, text } = await (call.method === 'GET' ? exchange(call) : mutating(() => exchange(call)));
      if (status >= 400 && !call.accept?.includes(status)) throw answerError(service, status, text, retryAfter);
      return { status, read: (schema) => readBody(service, schema, text) };
    },
  };
};

const readBody = <T>(service: string, schema: z.ZodType<T>, text: string): T => {
  const result = schema.safeParse(parseJson(text));
  if (result.success) return result.data;
  const fields = result.error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`);
  throw new TenantError('UNAVAILABLE', `${service} answered in an unexpected shape (${fields.join('; ')})`);
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};
