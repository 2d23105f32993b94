import assert from 'node:assert/strict';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { ActivityDependencies } from '../../../activities/phase-activity.ts';
import { markActive } from '../../../activities/reactivation/mark-active.ts';
import { publishActivated } from '../../../activities/reactivation/publish-activated.ts';
import { TenantError } from '../../../tenant/errors.ts';
import type { OperationInput } from '../../../tenant/operations.ts';
import type { Tenant } from '../../../tenant/tenant.ts';
import { aTenant } from '../../support/tenant.ts';

const SUSPENDED = aTenant({ status: 'SUSPENDED', activatedAt: new Date() });
const INPUT: OperationInput = { tenantId: SUSPENDED.id, slug: SUSPENDED.slug, actor: 'me', kind: 'REACTIVATION', originalRunId: 'run' };

describe('the end of a reactivation', () => {
  /** The tenant's row, its registration, and an infrastructure-service that may be away. */
  const world = (tenant: Tenant, isAway = false) => {
    const state = { status: tenant.status, registered: 'SUSPENDED', failures: 0 };
    const dependencies = {
      connectors: {
        azureDns: { parentZone: 'matih.ai' },
        infrastructure: {
          register: async (_id: string, { status }: { status: string }) => {
            if (isAway) throw new TenantError('UNAVAILABLE', 'the infrastructure-service is away');
            state.registered = status;
          },
        },
      },
      projection: {
        admit: async () => ({ ...INPUT, operationId: 'op', tenant }),
        enterPhase: async () => undefined,
        completePhase: async () => undefined,
        failPhase: async () => { state.failures += 1; return Number.MAX_SAFE_INTEGER; },
        updateTenant: async (_operation: unknown, change: Partial<Tenant>) => {
          Object.assign(state, change);
          return { ...tenant, ...change };
        },
        outbox: { claim: async () => [], waiting: async () => 0 },
      },
      settings: {},
    } as unknown as ActivityDependencies;
    return { state, dependencies };
  };
  const run = <Output>(activity: (input: OperationInput) => Promise<Output>) => new MockActivityEnvironment({ heartbeatTimeoutMs: 0 }).run(activity, INPUT);

  it('sets the status whether or not the infrastructure-service answers: everything is running by then, and nothing stops it again', async () => {
    const { state, dependencies } = world(SUSPENDED, true);
    await run(markActive(dependencies));
    assert.deepEqual([state.status, state.failures], ['ACTIVE', 0]);
  });

  it('registers the status that was set', async () => {
    const { state, dependencies } = world({ ...SUSPENDED, status: 'ACTIVE' });
    await run(publishActivated(dependencies));
    assert.equal(state.registered, 'ACTIVE');
  });
});
