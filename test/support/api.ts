import { setTimeout as sleep } from 'node:timers/promises';
import { endpoints } from './endpoints.ts';

export interface Answer<Body = Record<string, any>> {
  status: number;
  headers: Headers;
  body: Body;
}

export interface CallOptions {
  method?: string;
  body?: unknown;
  token?: string;
  headers?: Record<string, string>;
  /** Base URL of another API than the stack's own. */
  api?: string;
}

/** Calls the API as a platform admin, unless told otherwise. */
export const call = async (path: string, { method, body, token, headers, api = endpoints().api }: CallOptions = {}): Promise<Answer> => {
  const response = await fetch(`${api}/api/v1${path}`, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: {
      authorization: `Bearer ${token ?? endpoints().tokens.platform_admin}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : {} };
};

/** A valid creation request for a slug. */
export const tenantRequest = (slug: string, overrides: Record<string, unknown> = {}) => ({
  name: `Tenant ${slug}`, slug, tier: 'FREE', adminEmail: `admin@${slug}.example`, cloudProvider: 'AZURE', region: 'westeurope', ...overrides,
});

let counter = 0;
/** A slug no other test uses. */
export const uniqueSlug = (word: string): string => `${word}-${process.pid.toString(36)}${(counter += 1).toString(36)}`;

/** Polls the provisioning status until `done` says so; fails after `seconds` with the last status seen. */
export const untilStatus = async (tenantId: string, done: (status: Record<string, any>) => boolean, seconds = 90, api?: string): Promise<Record<string, any>> => {
  const deadline = Date.now() + seconds * 1000;
  let last: Record<string, any> = {};
  while (Date.now() < deadline) {
    const { status, body } = await call(`/tenants/${tenantId}/provisioning/status`, api ? { api } : {});
    last = body;
    // Anything else is no status: with the database busy for more than its time a look is answered with 503.
    if (status === 200 && done(last)) return last;
    await sleep(400);
  }
  throw new Error(`not reached within ${seconds} s; last status: ${JSON.stringify(last)}`);
};

/** Creates a tenant and waits until it is ACTIVE; returns its id and final status. */
export const provision = async (request: ReturnType<typeof tenantRequest>, api?: string): Promise<{ id: string; status: Record<string, any> }> => {
  const created = await call('/tenants', { body: request, ...(api && { api }) });
  if (created.status !== 202) throw new Error(`POST /tenants answered ${created.status}: ${JSON.stringify(created.body)}`);
  const id = created.body['id'] as string;
  const status = await untilStatus(id, ({ status: state }) => state === 'COMPLETED' || state === 'FAILED', 90, api);
  if (status['status'] !== 'COMPLETED') throw new Error(`provisioning failed: ${JSON.stringify(status)}`);
  return { id, status };
};
