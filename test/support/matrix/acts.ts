/** Acts of an API caller on a tenant, each until its operation has ended. */
import assert from 'node:assert/strict';
import type { Tier } from '../../../tenant/tiers.ts';
import { call, tenantRequest, type Answer } from '../api.ts';
import { codeSentTo } from '../deletions.ts';
import { until } from '../until.ts';

export interface MatrixTenant {
  readonly slug: string;
  /** Base URL of the API. */
  readonly api: string;
  /** Known once it is created. */
  id: string;
  /** The caller, if not the stack's own platform admin. */
  caller?: { name: string; token: string };
}

/** How long one operation may take, with all that disturbs it. */
const OPERATION_SECONDS = 150;

const optionsOf = ({ api, caller }: MatrixTenant) => ({ api, ...(caller && { token: caller.token }) });

/** A run that has recorded its end takes a moment to close. Until then, and during an outage, a caller retries. */
const isPassing = ({ status, body }: Answer): boolean => status === 503 || (status === 409 && body['code'] === 'MATIH-TENANT-3005');

/** Asks until the answer is final. */
const ask = (tenant: MatrixTenant, method: string, path: string, body?: unknown): Promise<Answer> => until(`${method} ${path} of ${tenant.slug}`, async () => {
  const answer = await call(path, { ...optionsOf(tenant), method, ...(body !== undefined && { body }) }).catch(() => undefined);
  return answer && !isPassing(answer) && answer;
}, { seconds: 120, intervalMs: 300 });

/** Asks until the answer is final, and asserts that the operation was accepted. */
export const accepted = async (tenant: MatrixTenant, method: string, path: string, body?: unknown): Promise<Answer> => {
  const answer = await ask(tenant, method, path, body);
  if (answer.status !== 202) throw new Error(`${method} ${path.replace(tenant.id, '{id}')} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  return answer;
};

export type Operation = Record<string, any>;

export const operationsOf = async (tenant: MatrixTenant): Promise<Operation[]> =>
  ((await call(`/tenants/${tenant.id}/operations?size=100`, optionsOf(tenant))).body['data'] ?? []) as Operation[];

export const untilOperationEnded = (tenant: MatrixTenant, runId: string): Promise<Operation> => until(`the end of ${runId} of ${tenant.slug}`, async () => {
  const answer = await call(`/operations/${runId}`, optionsOf(tenant)).catch(() => undefined);
  return answer?.status === 200 && !['QUEUED', 'IN_PROGRESS'].includes(answer.body['status']) && answer.body;
}, { seconds: OPERATION_SECONDS, intervalMs: 400 });

/** Has an operation done by POST or PUT; resolves with how it ended. */
export const perform = async (tenant: MatrixTenant, path: string, { method = 'POST', body }: { method?: string; body?: unknown } = {}): Promise<Operation> => {
  const answer = await accepted(tenant, method, `/tenants/${tenant.id}/${path}`, body);
  return untilOperationEnded(tenant, answer.body['operation'].runId as string);
};

/** Asks for the tenant; resolves with how its provisioning ended. */
export const create = async (tenant: MatrixTenant): Promise<Operation> => {
  tenant.id = await begin(tenant);
  const run = await until(`the provisioning of ${tenant.slug} to begin`, async () => (await operationsOf(tenant))[0]?.['runId'] as string | undefined, { seconds: 120 });
  return untilOperationEnded(tenant, run);
};

/** Asks for the tenant; resolves with its id. */
export const begin = async (tenant: MatrixTenant): Promise<string> => (await accepted(tenant, 'POST', '/tenants', tenantRequest(tenant.slug))).body['id'] as string;

/** An Enterprise tenant says its own quota. */
const QUOTA = { cpu: '64', memory: '256Gi', pods: 200 };

export const changeTier = (tenant: MatrixTenant, tier: Tier): Promise<Operation> =>
  perform(tenant, 'tier', { method: 'PUT', body: { tier, ...(tier === 'ENTERPRISE' && { quota: QUOTA }) } });

export const reconfigure = (tenant: MatrixTenant, configuration: unknown): Promise<Operation> =>
  perform(tenant, 'configuration', { method: 'PUT', body: configuration });

export const cancel = async (tenant: MatrixTenant): Promise<Operation> => {
  const answer = await accepted(tenant, 'POST', `/tenants/${tenant.id}/provisioning/cancel`);
  return untilOperationEnded(tenant, answer.body['operation'].runId as string);
};

const ADMIN = 'admin@matih.example';

/** Asks for the deletion; resolves with the code, or with nothing for a deletion that was confirmed before. */
export const askForDeletion = async (tenant: MatrixTenant): Promise<string | undefined> => {
  const { body } = await accepted(tenant, 'DELETE', `/tenants/${tenant.id}`);
  if (body['operation']) return undefined;
  return (body['deletion']?.code as string | undefined) ?? codeSentTo(tenant.id, tenant.caller?.name ?? ADMIN);
};

export const callOff = async (tenant: MatrixTenant): Promise<void> => {
  const { status, body } = await ask(tenant, 'DELETE', `/tenants/${tenant.id}/deletion`);
  assert.equal(status, 200, JSON.stringify(body));
};

/** Has the tenant deleted with a code; resolves with how the deletion ended. */
export const deleteTenant = async (tenant: MatrixTenant): Promise<Operation> => {
  const before = (await operationsOf(tenant))[0]?.['runId'] as string | undefined;
  const code = await askForDeletion(tenant);
  if (code !== undefined) {
    const { status, body } = await ask(tenant, 'POST', `/tenants/${tenant.id}/deletion/confirmation`, { code });
    if (status !== 202) throw new Error(`the confirmation answered ${status}: ${JSON.stringify(body)}`);
  }
  const run = await until(`the deletion of ${tenant.slug} to begin`, async () => {
    const [newest] = await operationsOf(tenant).catch(() => []);
    return newest?.['kind'] === 'DELETION' && newest['runId'] !== before && newest['runId'] as string;
  }, { seconds: 120 });
  return untilOperationEnded(tenant, run);
};

/** Asserts that an operation ended as it should. */
export const assertEnded = ({ kind, status, failureReason }: Operation, expected = 'COMPLETED'): void => {
  if (status !== expected) throw new Error(`${kind} ended as ${status} instead of ${expected}: ${failureReason ?? 'no reason is told'}`);
};

/** The tenant's status; GONE where it was removed. */
export const statusOf = async ({ id, api }: MatrixTenant): Promise<string> => {
  const { status, body } = await call(`/tenants/${id}`, { api });
  return status === 404 || status === 410 ? 'GONE' : String(body['status']);
};

/** Whether the tenant was removed. */
export const isGone = async (tenant: MatrixTenant): Promise<boolean> => await statusOf(tenant) === 'GONE';
