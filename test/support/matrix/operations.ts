import type { OperationKind } from '../../../tenant/lifecycle.ts';
import { OPERATION_STEPS, type Step } from '../../../tenant/steps.ts';
import { call, tenantRequest } from '../api.ts';
import { confirm } from '../deletions.ts';
import { until } from '../until.ts';
import { askForDeletion, assertEnded, create, operationsOf, perform, untilOperationEnded, type MatrixTenant, type Operation } from './acts.ts';
import { CONFIGURATION } from './lives.ts';
import type { Rule } from './rules.ts';

/** One step of one kind of operation. */
export interface Cell {
  kind: OperationKind;
  step: Step;
}

export const CELLS: readonly Cell[] = Object.entries(OPERATION_STEPS).flatMap(([kind, steps]) => steps.map((step) => ({ kind: kind as OperationKind, step })));

/** The state of a tenant before an operation, if a used tenant can have it. */
export const STATE_BEFORE: Readonly<Partial<Record<OperationKind, 'ACTIVE' | 'SUSPENDED'>>> = {
  SUSPENSION: 'ACTIVE', TIER_CHANGE: 'ACTIVE', RECONFIGURATION: 'ACTIVE', DELETION: 'ACTIVE', REACTIVATION: 'SUSPENDED',
};

/** The rules without which a tenant does not come to the state before an operation. */
export const preparationRules = ({ slug }: MatrixTenant, kind: OperationKind): Rule[] => kind === 'ROLLBACK' || kind === 'REPROVISION'
  ? [{ slug, workflowType: 'provisionTenant', activityId: 'VERIFY', at: 'begin', does: 'fail' }] : [];

/** Brings a tenant to the state before an operation. */
export const prepare = async (tenant: MatrixTenant, kind: OperationKind): Promise<void> => {
  if (kind === 'PROVISIONING') return;
  assertEnded(await create(tenant), kind === 'ROLLBACK' || kind === 'REPROVISION' ? 'FAILED' : 'COMPLETED');
  if (kind === 'REACTIVATION') assertEnded(await perform(tenant, 'suspend'));
};

const REQUESTS: Readonly<Record<OperationKind, (tenant: MatrixTenant) => Promise<unknown>>> = {
  PROVISIONING: async (tenant) => {
    const { status, body } = await call('/tenants', { api: tenant.api, body: tenantRequest(tenant.slug) });
    if (status !== 202) throw new Error(`POST /tenants answered ${status}: ${JSON.stringify(body)}`);
    tenant.id = body['id'] as string;
  },
  ROLLBACK: ({ id, api }) => call(`/tenants/${id}/provisioning/rollback`, { api, method: 'POST' }),
  REPROVISION: ({ id, api }) => call(`/tenants/${id}/provisioning/reprovision`, { api, method: 'POST' }),
  SUSPENSION: ({ id, api }) => call(`/tenants/${id}/suspend`, { api, method: 'POST' }),
  REACTIVATION: ({ id, api }) => call(`/tenants/${id}/activate`, { api, method: 'POST' }),
  TIER_CHANGE: async ({ id, api }) => {
    const { body: { tier } } = await call(`/tenants/${id}`, { api });
    return call(`/tenants/${id}/tier`, { api, method: 'PUT', body: { tier: tier === 'FREE' ? 'PROFESSIONAL' : 'FREE' } });
  },
  RECONFIGURATION: ({ id, api }) => call(`/tenants/${id}/configuration`, { api, method: 'PUT', body: CONFIGURATION }),
  DELETION: async (tenant) => confirm(tenant.id, await askForDeletion(tenant) ?? '', { api: tenant.api }),
};

/** Asks for an operation without waiting for it; the answer may be that there is none yet. Resolves with how to wait for its end. */
export const request = async (tenant: MatrixTenant, kind: OperationKind): Promise<() => Promise<Operation>> => {
  const before = tenant.id ? (await operationsOf(tenant))[0]?.['runId'] as string | undefined : undefined;
  const asked = REQUESTS[kind](tenant);
  if (kind === 'PROVISIONING') await asked;
  return async () => {
    await asked;
    const run = await until(`${kind} of ${tenant.slug} to begin`, async () => {
      const newest = (await operationsOf(tenant).catch(() => [])).find((operation) => operation['kind'] === kind);
      return newest && newest['runId'] !== before && newest['runId'] as string;
    }, { seconds: 60, intervalMs: 300 });
    return untilOperationEnded(tenant, run);
  };
};
