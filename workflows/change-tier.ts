import { UPGRADE_BATCHES } from '../tenant/catalogue.ts';
import type { ChangeTier, TierChange, TierChangeResult } from '../tenant/tier-change.ts';
import { OPERATION_STEPS } from '../tenant/steps.ts';
import type { StepActivityOptions } from './activity-proxies.ts';
import { Operation } from './operation.ts';
import type { Part } from './restoration.ts';
import { answerWithVerdict } from './verdict.ts';

type Change = 'APPLY_QUOTA' | 'UPGRADE_RELEASES' | 'APPLY_FLAGS';

/** Room is made before it is used and taken away after it was left; features come, or go, once everything else is there. */
const ORDER: Readonly<Record<TierChange['direction'], readonly Change[]>> = {
  UP: ['APPLY_QUOTA', 'UPGRADE_RELEASES', 'APPLY_FLAGS'],
  DOWN: ['UPGRADE_RELEASES', 'APPLY_QUOTA', 'APPLY_FLAGS'],
};

const OPPOSITE = { UP: 'DOWN', DOWN: 'UP' } as const;

/**
 * Changes a tenant's tier, up or down, if the tenant fits. A failed step or a cancel restores the old tier. A reset repeats all steps,
 * because the previous run was restored.
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
    const change = await answer(judge());
    const { from, to, direction, isRepair } = change;
    const parts = partsOf(operation, change);
    const restoration = operation.restoreBy('RETURN_TIER', ORDER[OPPOSITE[direction]].flatMap((step) => parts[step]));
    for (const step of ORDER[direction]) {
      await operation.phase(step, async () => {
        for (const part of parts[step]) {
          restoration.reach(part.name);
          await part.apply();
        }
        if (step === 'UPGRADE_RELEASES' && isRepair) await operation.activities(step, { pace: 'waiting', part: 'address' }).repairAddress(input);
      });
    }
    await operation.phase('ANNOUNCE_TIER_CHANGE', () =>
      operation.activities('ANNOUNCE_TIER_CHANGE').announceTierChange({ ...input, from, to }), { pointOfNoReturn: true });
    return { ...to, tenantId: input.tenantId, slug: input.slug };
  });
}

interface ChangedPart extends Part {
  apply: () => Promise<unknown>;
}

/** The parts of the tenant that each step changes, one activity each. */
const partsOf = (operation: Operation, { from, to, isRepair, revisions }: TierChange): Readonly<Record<Change, readonly ChangedPart[]>> => {
  const forward = { ...operation.input, to, returning: false };
  const back = { ...operation.input, to: from, returning: true };
  const returning = (part: string, options: StepActivityOptions = {}) => operation.activities('RETURN_TIER', { ...options, part });
  return {
    APPLY_QUOTA: [{
      name: 'quota', apply: () => operation.activities('APPLY_QUOTA').applyQuota(forward), restore: () => returning('quota').applyQuota(back),
    }],
    UPGRADE_RELEASES: UPGRADE_BATCHES.map((releases, index) => {
      const number = `${index + 1} of ${UPGRADE_BATCHES.length}`;
      const name = `releases ${number}`;
      const last = index === UPGRADE_BATCHES.length - 1 && !isRepair;
      return {
        name,
        apply: () => operation.activities('UPGRADE_RELEASES', { pace: 'waiting', part: number }).upgradeReleases({ ...forward, releases, last }),
        restore: () => returning(name, { pace: 'waiting' }).restoreReleases({ ...operation.input, to: from, releases, revisions }),
      };
    }),
    APPLY_FLAGS: [{
      name: 'flags', apply: () => operation.activities('APPLY_FLAGS').applyFlags(forward), restore: () => returning('flags').applyFlags(back),
    }],
  };
};
