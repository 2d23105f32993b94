import assert from 'node:assert/strict';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type { ActivityDependencies } from '../../../activities/phase-activity.ts';
import { checkFit } from '../../../activities/tier-change/check-fit.ts';
import { UPGRADE_BATCHES } from '../../../tenant/catalogue.ts';
import { releaseOf } from '../../../tenant/names.ts';
import type { CheckFitInput, TierChange } from '../../../tenant/tier-change.ts';
import type { Tenant } from '../../../tenant/tenant.ts';
import { aTenant } from '../../support/tenant.ts';

const CHART = UPGRADE_BATCHES[0]![0]!;
const FREE = { tier: 'FREE', quota: null } as const;

describe('the revisions to which a tier change can be restored', () => {
  /** CHECK_FIT of a change to PROFESSIONAL, with one release at revision 8. */
  const revisionsOf = async (tenant: Partial<Tenant> = {}, before?: Partial<TierChange>): Promise<TierChange['revisions']> => {
    const given = aTenant({ status: 'ACTIVE', activatedAt: new Date(), ...FREE, ...tenant });
    const dependencies = {
      settings: { IMAGE_REGISTRY: 'registry' },
      projection: {
        admit: async () => ({ tenantId: given.id, kind: 'TIER_CHANGE', operationId: 'op', tenant: given, phaseOutputs: before ? { CHECK_FIT: before } : {} }),
        enterPhase: async () => undefined,
        completePhase: async () => undefined,
      },
      connectors: {
        helm: { render: async () => [], deployedRevisions: async () => ({ [releaseOf(given.slug, CHART)]: 8 }) },
        iam: { listUsers: async () => [] },
        kubernetes: { list: async () => [], get: async () => undefined },
      },
    } as unknown as ActivityDependencies;
    const input: CheckFitInput = { tenantId: given.id, slug: given.slug, actor: 'me', kind: 'TIER_CHANGE', originalRunId: 'run', tier: 'PROFESSIONAL' };
    const environment = new MockActivityEnvironment({ heartbeatTimeoutMs: 0 }, { logger: new DefaultLogger('ERROR') });
    const change: TierChange = await environment.run(checkFit(dependencies) as (given: CheckFitInput) => Promise<TierChange>, input);
    return change.revisions;
  };
  const mismatch = (parts: Record<string, string>) => ({ since: '2026-01-01T00:00:00Z', operationId: 'earlier', parts });

  it('are those that are deployed', async () => {
    assert.deepEqual(await revisionsOf(), { [CHART]: 8 });
    assert.deepEqual(await revisionsOf({ mismatch: mismatch({ quota: 'away' }) }), { [CHART]: 8 });
  });

  it('are none where an earlier change left releases of another tier', async () => {
    for (const part of ['releases', 'releases 1 of 4']) assert.deepEqual(await revisionsOf({ mismatch: mismatch({ [part]: 'away' }) }), {}, part);
  });

  it('are after a reset those that its run before found, which may have changed releases since', async () => {
    const before = { from: FREE, revisions: { [CHART]: 5 } };
    assert.deepEqual(await revisionsOf({ mismatch: mismatch({ releases: 'ended outside the service' }) }, before), { [CHART]: 5 });
  });

  it('are after a reset those that are deployed, when the run before had recorded its new tier', async () => {
    assert.deepEqual(await revisionsOf({ tier: 'PROFESSIONAL' }, { from: FREE, revisions: { [CHART]: 5 } }), { [CHART]: 8 });
  });
});
