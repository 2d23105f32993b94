import { until } from '../until.ts';
import { askForDeletion, begin, callOff, cancel, changeTier, create, deleteTenant, ended, perform, reconfigure, type MatrixTenant, type Operation } from './acts.ts';
import type { Rule } from './rules.ts';
import type { ObservedWorker } from './watch.ts';

/** One stage of a tenant's life. */
export interface Stage {
  name: string;
  /** Workflow types whose activities it runs. */
  runs: readonly string[];
  /** Stages that make sense only together. */
  group?: string;
  live: (tenant: MatrixTenant, worker: () => ObservedWorker) => Promise<void>;
}

/** A life, with the rules that it needs itself: an operation that fails at a step does so for good. */
export interface Life {
  name: string;
  stages: readonly Stage[];
  rules: (slug: string) => readonly Rule[];
}

const CONFIGURATION = { aiModel: 'claude', queryTimeoutSeconds: 120, branding: { title: 'Matrix' }, featureFlags: { 'beta.maps': true } };

const completes = (act: (tenant: MatrixTenant) => Promise<Operation>): Stage['live'] => async (tenant) => ended(await act(tenant));
const fails = (act: (tenant: MatrixTenant) => Promise<Operation>): Stage['live'] => async (tenant) => ended(await act(tenant), 'FAILED');

const PROVISION: Stage = { name: 'provisioned', runs: ['provisionTenant'], live: completes(create) };
const PROVISION_IN_VAIN: Stage = { name: 'not provisioned', runs: ['provisionTenant'], live: fails(create) };
const DELETE: Stage = { name: 'deleted', runs: ['deleteTenant', 'awaitDeletionConfirmation'], live: completes((tenant) => deleteTenant(tenant)) };

/** Every kind of operation on a tenant that lives, each that has a return also with it. */
const WHOLE: Life = {
  name: 'whole',
  stages: [
    PROVISION,
    { name: 'tier up', group: 'tier', runs: ['changeTier'], live: completes((tenant) => changeTier(tenant, 'PROFESSIONAL')) },
    { name: 'tier returned', group: 'tier', runs: ['changeTier'], live: fails((tenant) => changeTier(tenant, 'ENTERPRISE')) },
    { name: 'tier down', group: 'tier', runs: ['changeTier'], live: completes((tenant) => changeTier(tenant, 'FREE')) },
    { name: 'reconfigured', group: 'configuration', runs: ['reconfigureTenant'], live: completes((tenant) => reconfigure(tenant, CONFIGURATION)) },
    { name: 'configuration returned', group: 'configuration', runs: ['reconfigureTenant'], live: fails((tenant) => reconfigure(tenant, { aiModel: 'returned' })) },
    { name: 'suspended', group: 'suspension', runs: ['suspendTenant'], live: completes((tenant) => perform(tenant, 'suspend')) },
    { name: 'reactivated', group: 'suspension', runs: ['reactivateTenant'], live: completes((tenant) => perform(tenant, 'activate')) },
    {
      name: 'deletion called off', group: 'call-off', runs: ['awaitDeletionConfirmation'],
      live: async (tenant) => {
        await askForDeletion(tenant);
        await callOff(tenant);
      },
    },
    DELETE,
  ],
  rules: (slug) => [
    { slug, workflowType: 'changeTier', activityId: 'APPLY_FLAGS', at: 'begin', does: 'fail' },
    { slug, workflowType: 'reconfigureTenant', activityId: 'ANNOUNCE_CONFIGURATION', at: 'begin', does: 'fail' },
  ],
};

const FAILED_AT: Omit<Rule, 'slug'> = { workflowType: 'provisionTenant', activityId: 'VERIFY', at: 'begin', does: 'fail' };

const REPROVISIONED: Life = {
  name: 'reprovisioned',
  stages: [
    PROVISION_IN_VAIN,
    { name: 'reprovisioned', runs: ['reprovisionTenant'], live: completes((tenant) => perform(tenant, 'provisioning/reprovision')) },
    DELETE,
  ],
  rules: (slug) => [{ slug, ...FAILED_AT }],
};

const ROLLED_BACK: Life = {
  name: 'rolled back',
  stages: [PROVISION_IN_VAIN, { name: 'rolled back', runs: ['rollbackTenant'], live: completes((tenant) => perform(tenant, 'provisioning/rollback')) }],
  rules: (slug) => [{ slug, ...FAILED_AT }],
};

const CANCELLED: Life = {
  name: 'cancelled',
  stages: [{
    name: 'cancelled', runs: ['provisionTenant'],
    live: async (tenant, worker) => {
      tenant.id = await begin(tenant);
      await until(`${tenant.slug} to be held`, async () => worker().strikes.some(({ slug, rule }) => slug === tenant.slug && rule.does === 'hold'), { seconds: 180 });
      ended(await cancel(tenant), 'CANCELLED');
    },
  }],
  rules: (slug) => [{ slug, ...FAILED_AT, does: 'hold' }],
};

/** Together they run every activity of every operation. */
export const LIVES: readonly Life[] = [WHOLE, REPROVISIONED, ROLLED_BACK, CANCELLED];
