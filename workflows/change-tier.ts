import { UPGRADE_BATCHES } from '../tenant/catalogue.ts';
import type { ChangeTier, TierChange, TierChangeResult } from '../tenant/operations.ts';
import { OPERATION_STEPS } from '../tenant/steps.ts';
import type { Subscription } from '../tenant/tiers.ts';
import type { StepActivityOptions } from './activity-proxies.ts';
import { Operation } from './operation.ts';
import { answerWithVerdict } from './verdict.ts';

type Change = 'APPLY_QUOTA' | 'UPGRADE_RELEASES' | 'APPLY_FLAGS';

/** Room is made before it is used and taken away after it was left; features come, or go, once everything else is there. */
const ORDER: Readonly<Record<TierChange['direction'], readonly Change[]>> = {
  UP: ['APPLY_QUOTA', 'UPGRADE_RELEASES', 'APPLY_FLAGS'],
  DOWN: ['UPGRADE_RELEASES', 'APPLY_QUOTA', 'APPLY_FLAGS'],
};

const OPPOSITE = { UP: 'DOWN', DOWN: 'UP' } as const;

/**
 * Change a tenant's tier, up or down: only if the tenant fits, and with a return to the old tier when a step fails or a cancel comes.
 * A reset goes through all steps again: what the run before had done was taken back.
 */
export async function changeTier(request: ChangeTier): Promise<TierChangeResult> {
  const operation = new Operation('TIER_CHANGE', request, OPERATION_STEPS.TIER_CHANGE);
  const { input } = operation;
  const answer = answerWithVerdict<TierChange>();
  const judge = async (): Promise<TierChange> => {
    await operation.begin();
    operation.repeat(OPERATION_STEPS.TIER_CHANGE);
    return operation.first('CHECK_FIT', () => operation.activities('CHECK_FIT').checkFit({ ...input, tier: request.tier, quota: request.quota }));
  };
  return operation.run(async () => {
    const { from, to, direction } = await answer(judge());
    operation.returnBy('RETURN_TIER', async () => {
      for (const change of ORDER[OPPOSITE[direction]]) await apply(operation, change, from, true);
    });
    for (const change of ORDER[direction]) await operation.phase(change, () => apply(operation, change, to, false));
    await operation.phase('ANNOUNCE_TIER_CHANGE', () =>
      operation.activities('ANNOUNCE_TIER_CHANGE').announceTierChange({ ...input, from, to }), { pointOfNoReturn: true });
    return { ...to, tenantId: input.tenantId, slug: input.slug };
  });
}

/** What a change's activities are called when they take a change back. */
const PARTS: Readonly<Record<Change, string>> = { APPLY_QUOTA: 'quota', UPGRADE_RELEASES: 'releases', APPLY_FLAGS: 'flags' };

/** One change towards a tier, the new one or the old: the same activities. The return is tried until it succeeds: half of two tiers is none. */
const apply = async (operation: Operation, change: Change, to: Subscription, returning: boolean): Promise<void> => {
  const input = { ...operation.input, to, returning };
  const activities = (options: StepActivityOptions = {}, part = '') => returning
    ? operation.activities('RETURN_TIER', { ...options, part: `${PARTS[change]} ${part}`.trim() })
    : operation.activities(change, { ...options, ...(part && { part }) });

  if (change === 'APPLY_QUOTA') await activities().applyQuota(input);
  if (change === 'APPLY_FLAGS') await activities().applyFlags(input);
  if (change !== 'UPGRADE_RELEASES') return;
  for (const [index, releases] of UPGRADE_BATCHES.entries()) {
    const number = index + 1;
    await activities({ pace: 'waiting' }, `${number} of ${UPGRADE_BATCHES.length}`)
      .upgradeReleases({ ...input, releases, last: number === UPGRADE_BATCHES.length });
  }
};
