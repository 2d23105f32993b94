import { until } from '../until.ts';
import { askForDeletion, begin, callOff, cancel, changeTier, create, deleteTenant, perform, reconfigure, type MatrixTenant, type Operation } from './acts.ts';
import type { Rule } from './rules.ts';
import type { ObservedWorker } from './watch.ts';

type Act = (tenant: MatrixTenant, worker: () => ObservedWorker) => Promise<Operation>;

/** One stage of a tenant's life. */
export interface Stage {
  name: string;
  /** Workflow types whose activities it runs. */
  runs: readonly string[];
  /** Stages that make sense only together. */
  group?: string;
  act: Act;
  /** How the operation ends; as COMPLETED where it is left out. */
  ends?: 'FAILED' | 'CANCELLED';
  /** How to resume an operation that failed early; by default with the same request. */
  again?: Act;
}

/** A life, with the rules that it needs itself: an operation that fails at a step does so for good. */
export interface Life {
  name: string;
  stages: readonly Stage[];
  rules: (slug: string) => readonly Rule[];
}

/** Overrides of every kind. */
export const CONFIGURATION = { aiModel: 'claude', queryTimeoutSeconds: 120, branding: { title: 'Matrix' }, featureFlags: { 'beta.maps': true } };

const PROVISION: Stage = { name: 'provisioned', runs: ['provisionTenant'], act: create, again: (tenant) => perform(tenant, 'provisioning/retry') };
const PROVISION_IN_VAIN: Stage = { name: 'not provisioned', runs: ['provisionTenant'], act: create, ends: 'FAILED' };
const DELETE: Stage = { name: 'deleted', runs: ['deleteTenant', 'awaitDeletionConfirmation'], act: (tenant) => deleteTenant(tenant) };

/** Every kind of operation on a tenant that lives. Operations with a compensation fail the first time: a rule strikes once. */
export const WHOLE: Life = {
  name: 'whole',
  stages: [
    PROVISION,
    { name: 'tier returned', group: 'tier', runs: ['changeTier'], act: (tenant) => changeTier(tenant, 'PROFESSIONAL'), ends: 'FAILED' },
    { name: 'tier up', group: 'tier', runs: ['changeTier'], act: (tenant) => changeTier(tenant, 'PROFESSIONAL') },
    { name: 'tier down', group: 'tier', runs: ['changeTier'], act: (tenant) => changeTier(tenant, 'FREE') },
    { name: 'configuration returned', group: 'configuration', runs: ['reconfigureTenant'], act: (tenant) => reconfigure(tenant, { aiModel: 'returned' }), ends: 'FAILED' },
    { name: 'reconfigured', group: 'configuration', runs: ['reconfigureTenant'], act: (tenant) => reconfigure(tenant, CONFIGURATION) },
    { name: 'suspended', group: 'suspension', runs: ['suspendTenant'], act: (tenant) => perform(tenant, 'suspend') },
    { name: 'reactivated', group: 'suspension', runs: ['reactivateTenant'], act: (tenant) => perform(tenant, 'activate') },
    {
      name: 'deletion called off', group: 'call-off', runs: ['awaitDeletionConfirmation'],
      act: async (tenant) => {
        await askForDeletion(tenant);
        await callOff(tenant);
        return { kind: 'DELETION', status: 'COMPLETED' };
      },
    },
    DELETE,
  ],
  rules: (slug) => [
    { slug, workflowType: 'changeTier', activityId: 'APPLY_FLAGS', at: 'begin', does: 'fail' },
    { slug, workflowType: 'reconfigureTenant', activityId: 'ANNOUNCE_CONFIGURATION', at: 'begin', does: 'fail' },
  ],
};

/** A life for a sample, without the longest operations. */
export const SHORT: Life = {
  name: 'short',
  stages: WHOLE.stages.filter(({ name, group }) => group !== 'tier' && group !== 'call-off' && name !== 'configuration returned'),
  rules: () => [],
};

const AT_VERIFY: Pick<Rule, 'workflowType' | 'activityId' | 'at'> = { workflowType: 'provisionTenant', activityId: 'VERIFY', at: 'begin' };

export const REPROVISIONED: Life = {
  name: 'reprovisioned',
  stages: [
    PROVISION_IN_VAIN,
    { name: 'reprovisioned', runs: ['reprovisionTenant'], act: (tenant) => perform(tenant, 'provisioning/reprovision') },
    DELETE,
  ],
  rules: (slug) => [{ slug, ...AT_VERIFY, does: 'fail' }],
};

export const ROLLED_BACK: Life = {
  name: 'rolled back',
  stages: [PROVISION_IN_VAIN, { name: 'rolled back', runs: ['rollbackTenant'], act: (tenant) => perform(tenant, 'provisioning/rollback') }],
  rules: (slug) => [{ slug, ...AT_VERIFY, does: 'fail' }],
};

const CANCELLED: Life = {
  name: 'cancelled',
  stages: [{
    name: 'cancelled', runs: ['provisionTenant'], ends: 'CANCELLED',
    act: async (tenant, worker) => {
      tenant.id = await begin(tenant);
      await until(`${tenant.slug} to be held`, async () => worker().strikes.some(({ slug, rule }) => slug === tenant.slug && rule.does === 'hold'), { seconds: 180 });
      return cancel(tenant);
    },
  }],
  rules: (slug) => [{ slug, ...AT_VERIFY, does: 'hold' }],
};

/** Together they run every activity of every operation. */
export const LIVES: readonly Life[] = [WHOLE, REPROVISIONED, ROLLED_BACK, CANCELLED];
