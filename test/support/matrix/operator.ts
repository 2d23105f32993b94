/** Tenants whose operations an operator disturbs in the Temporal Web UI, step by step. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { OperationKind } from '../../../tenant/lifecycle.ts';
import { workflowIdOf } from '../../../tenant/names.ts';
import { OPERATION_STEPS } from '../../../tenant/steps.ts';
import { confirm } from '../deletions.ts';
import { accepted, askForDeletion, begin, deleteTenant, isGone, type MatrixTenant } from './acts.ts';
import { Customer } from './customer.ts';
import { resetEverywhere } from './ended-runs.ts';
import type { MatrixService } from './fleet.ts';
import { preparationRules, prepare } from './operations.ts';
import { ACTS, type ActName } from './operator-acts.ts';
import type { Rule } from './rules.ts';

export const WORKFLOW_TYPES: Readonly<Record<OperationKind, string>> = {
  PROVISIONING: 'provisionTenant', ROLLBACK: 'rollbackTenant', REPROVISION: 'reprovisionTenant', SUSPENSION: 'suspendTenant', REACTIVATION: 'reactivateTenant',
  TIER_CHANGE: 'changeTier', RECONFIGURATION: 'reconfigureTenant', DELETION: 'deleteTenant',
};

/** One tenant, one kind of operation, and one act that is done at each of its steps; `ended`: every run of it is reset to every point. */
export interface Cell {
  kind: OperationKind;
  act: ActName | 'ended';
}

export interface Disturbed {
  cell: Cell;
  tenant: MatrixTenant;
  holds: readonly Rule[];
  problems: string[];
}

/** How long an operation may take with all that is done to it. */
const RUN_SECONDS = 300;

/** Before each step of the operation, and after it. */
const holdsOf = (slug: string, { kind, act }: Cell): Rule[] => act === 'ended' ? [] : OPERATION_STEPS[kind].flatMap((step) =>
  (['begin', 'end'] as const).map((at): Rule => ({ slug, workflowType: WORKFLOW_TYPES[kind], step, at, does: 'hold' })));

export const disturbedOf = (service: MatrixService, cell: Cell): Disturbed => {
  const tenant = service.tenant('op');
  return { cell, tenant, holds: holdsOf(tenant.slug, cell), problems: [] };
};

export const rulesOf = ({ cell, tenant, holds }: Disturbed): Rule[] => [...preparationRules(tenant, cell.kind), ...holds];

/** Starts the operation, or what is legal of it now. */
const START: Readonly<Record<OperationKind, (tenant: MatrixTenant) => Promise<unknown>>> = {
  PROVISIONING: async (tenant) => {
    if (tenant.id && !await isGone(tenant)) return accepted(tenant, 'POST', `/tenants/${tenant.id}/provisioning/retry`);
    tenant.id = await begin(tenant);
  },
  ROLLBACK: (tenant) => accepted(tenant, 'POST', `/tenants/${tenant.id}/provisioning/rollback`),
  REPROVISION: (tenant) => accepted(tenant, 'POST', `/tenants/${tenant.id}/provisioning/reprovision`),
  SUSPENSION: (tenant) => accepted(tenant, 'POST', `/tenants/${tenant.id}/suspend`),
  REACTIVATION: (tenant) => accepted(tenant, 'POST', `/tenants/${tenant.id}/activate`),
  TIER_CHANGE: (tenant) => accepted(tenant, 'PUT', `/tenants/${tenant.id}/tier`, { tier: 'PROFESSIONAL' }),
  RECONFIGURATION: (tenant) => accepted(tenant, 'PUT', `/tenants/${tenant.id}/configuration`, { aiModel: 'claude' }),
  DELETION: async (tenant) => {
    const code = await askForDeletion(tenant);
    if (code !== undefined) await confirm(tenant.id, code, { api: tenant.api });
  },
};

/** Starts the operation; resolves with how to learn whether it has ended, with all runs that follow from it. */
const begun = async (client: Client, kind: OperationKind, tenant: MatrixTenant): Promise<() => Promise<boolean>> => {
  const newest = () => client.workflow.getHandle(workflowIdOf(tenant.slug)).describe().catch(() => undefined);
  const before = (await newest())?.runId;
  await START[kind](tenant);
  const deadline = Date.now() + RUN_SECONDS * 1000;
  return async () => {
    const run = await newest();
    if (Date.now() > deadline) throw new Error(`${kind} of ${tenant.slug} has not ended within ${RUN_SECONDS} s`);
    return run !== undefined && run.runId !== before && run.status.name !== 'RUNNING' && run.status.name !== 'PAUSED';
  };
};

const perform = async (client: Client, kind: OperationKind, tenant: MatrixTenant): Promise<void> => {
  const ended = await begun(client, kind, tenant);
  while (!await ended()) await sleep(200);
};

/** Does the act at every step, and collects the tenant's problems. */
export const disturb = async (service: MatrixService, client: Client, one: Disturbed): Promise<void> => {
  const { cell, tenant, holds, problems } = one;
  const customer = new Customer(tenant);
  const look = async (): Promise<void> => void problems.push(...await customer.look());
  try {
    await prepare(tenant, cell.kind);
    await look();
    if (cell.act === 'ended') {
      await perform(client, cell.kind, tenant);
      await look();
      problems.push(...await resetEverywhere(client, tenant, look));
    }
    else await actAtEveryStep(service, client, one, look);
    const unreached = holds.filter((hold) => !service.worker.strikes.some(({ rule }) => JSON.stringify(rule) === JSON.stringify(hold)));
    problems.push(...unreached.map(({ step, at }) => `${step} was never held at its ${at as string}`));
    await look();
    await takesLegalOperation(service, tenant);
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error));
  }
};

const actAtEveryStep = async (service: MatrixService, client: Client, { cell, tenant, holds }: Disturbed, look: () => Promise<void>): Promise<void> => {
  const { slug } = tenant;
  const act = ACTS[cell.act as ActName];
  const struck = () => service.worker.strikes.filter((strike) => strike.slug === slug && strike.rule.does === 'hold');
  let seen = 0;
  for (let round = 0; round <= holds.length; round += 1) {
    const ended = await begun(client, cell.kind, tenant);
    while (!await ended()) {
      const held = struck()[seen];
      if (!held) {
        await sleep(100);
        continue;
      }
      // Steps at work side by side are held together: the one act meets them all.
      seen = struck().length;
      await act({ client, held, taskQueue: service.taskQueue, look });
      service.worker.release(slug);
    }
    await look();
    if (seen === holds.length) return;
  }
};

/** Deletes the tenant, or asks for one of the same slug, which is then cancelled: the slug is not stuck. */
const takesLegalOperation = async (service: MatrixService, tenant: MatrixTenant): Promise<void> => {
  // Holds that are left are for the operation's own sake.
  const letting = setInterval(() => service.worker.release(tenant.slug), 300);
  try {
    const id = await isGone(tenant) ? await begin(tenant) : tenant.id;
    const operation = id === tenant.id ? await deleteTenant(tenant) : await deleteTenant({ ...tenant, id });
    if (operation['status'] !== 'COMPLETED') throw new Error(`the deletion at the end is ${operation['status']}: ${operation['failureReason']}`);
  } finally {
    clearInterval(letting);
  }
};
