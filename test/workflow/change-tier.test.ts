import assert from 'node:assert/strict';
import { ApplicationFailure } from '@temporalio/common';
import type { Activities } from '../../activities/activities.ts';
import { UPGRADE_BATCHES } from '../../tenant/catalogue.ts';
import { ABANDON_COMPENSATION_SIGNAL, PROGRESS_QUERY, VERDICT_UPDATE, type CloseOperationInput, type StepProgress } from '../../tenant/operations.ts';
import type { ApplyTierInput, ChangeTier, RestoreReleasesInput, TierChange, UpgradeReleasesInput } from '../../tenant/tier-change.ts';
import type { Subscription } from '../../tenant/tiers.ts';
import { admitted, fakeActivities, type FakeActivities, untilCancelled } from '../support/fake-activities.ts';
import { workflowBundle } from '../support/workflow-bundle.ts';
import { WorkflowDriver } from '../support/workflow-driver.ts';

const FREE: Subscription = { tier: 'FREE', quota: null };
const PROFESSIONAL: Subscription = { tier: 'PROFESSIONAL', quota: null };
const REVISIONS = { 'query-engine': 7, 'bi-service': 4 };
const UP: TierChange = { from: FREE, to: PROFESSIONAL, direction: 'UP', isRepair: false, revisions: REVISIONS };
const DOWN: TierChange = { from: PROFESSIONAL, to: FREE, direction: 'DOWN', isRepair: false, revisions: REVISIONS };

const REQUEST: ChangeTier = { tenantId: crypto.randomUUID(), slug: 'acme', actor: 'tester', tier: 'PROFESSIONAL' };

/** With the start. The server's counter is held against it on the stack. */
const MOST_ACTIONS = 26;

const batches = (prefix: string) => UPGRADE_BATCHES.map((_, index) => `${prefix}${index + 1} of ${UPGRADE_BATCHES.length}`);
const RELEASES = batches('UPGRADE_RELEASES:');
const RELEASES_RETURNED = batches('RETURN_TIER:releases ');

describe('changeTier', () => {
  let driver: WorkflowDriver;
  let fakes: FakeActivities;

  const start = async (change: TierChange, overrides: Partial<Activities> = {}): Promise<void> => {
    fakes = fakeActivities({ checkFit: async () => change as never, ...overrides });
    driver = await WorkflowDriver.start({ workflowType: 'changeTier', workflowId: 'tenant-acme', input: REQUEST, activities: fakes.activities });
  };
  const failing = (message: string, type = 'UNAVAILABLE') => async (): Promise<never> => { throw ApplicationFailure.nonRetryable(message, type); };
  const ids = () => driver.scheduled.map(({ id }) => id);
  const closing = () => driver.scheduled.find(({ type }) => type === 'closeOperation')?.input as CloseOperationInput | undefined;
  const states = async () => Object.fromEntries((await driver.query<StepProgress[]>(PROGRESS_QUERY)).map(({ step, state }) => [step, state]));
  const inputOf = <Input extends ApplyTierInput>(id: string) => driver.scheduled.find((activity) => activity.id === id)?.input as Input;

  before(async function () {
    this.timeout(30_000);
    await workflowBundle();
  });
  afterEach(() => driver.dispose());

  it('upwards: makes room, upgrades the releases, then lets features in', async () => {
    await start(UP);
    assert.deepEqual(await driver.outcome, { status: 'COMPLETED', result: { ...PROFESSIONAL, tenantId: REQUEST.tenantId, slug: 'acme' } });
    assert.deepEqual(ids(), ['begin', 'CHECK_FIT', 'APPLY_QUOTA', ...RELEASES, 'APPLY_FLAGS', 'ANNOUNCE_TIER_CHANGE']);
    assert.ok(ids().length + 1 <= MOST_ACTIONS);
    assert.ok(Object.values(await states()).every((state) => state === 'COMPLETED'));
  });

  it('downwards: takes room away only when the releases have left it', async () => {
    await start(DOWN);
    assert.equal((await driver.outcome).status, 'COMPLETED');
    assert.deepEqual(ids(), ['begin', 'CHECK_FIT', ...RELEASES, 'APPLY_QUOTA', 'APPLY_FLAGS', 'ANNOUNCE_TIER_CHANGE']);
  });

  it('upgrades at most four releases at a time, each once, and says which are the last', async () => {
    await start(UP);
    await driver.outcome;
    const inputs = RELEASES.map((id) => inputOf<UpgradeReleasesInput>(id));
    assert.ok(inputs.every(({ releases, to, returning }) => releases.length <= 4 && to.tier === 'PROFESSIONAL' && !returning));
    assert.equal(new Set(inputs.flatMap(({ releases }) => releases)).size, 15);
    assert.deepEqual(inputs.map(({ last }) => last), [false, false, false, true]);
    assert.deepEqual(fakes.log, ids().flatMap((id) => [`begin ${id}`, `end ${id}`]), 'one after another');
  });

  it('to the tenant\'s own tier repairs its address too, once the ingress controller is there', async () => {
    await start({ from: FREE, to: FREE, direction: 'UP', isRepair: true, revisions: REVISIONS });
    assert.equal((await driver.outcome).status, 'COMPLETED');
    assert.deepEqual(ids(), ['begin', 'CHECK_FIT', 'APPLY_QUOTA', ...RELEASES, 'UPGRADE_RELEASES:address', 'APPLY_FLAGS', 'ANNOUNCE_TIER_CHANGE']);
    assert.ok(RELEASES.every((id) => !inputOf<UpgradeReleasesInput>(id).last), 'the address completes the step');
  });

  it('touches nothing when the tenant does not fit, and says why', async () => {
    await start(UP, { checkFit: failing('it has 7 users, and 5 are allowed', 'INVALID_REQUEST') });
    assert.equal((await driver.outcome).status, 'FAILED');
    assert.deepEqual(ids(), ['begin', 'CHECK_FIT', 'close']);
    assert.deepEqual([closing()?.end, closing()?.reason], ['FAILED', 'it has 7 users, and 5 are allowed']);
  });

  describe('asked for its verdict', () => {
    it('answers when the check has ended, long before the run', async () => {
      await start(UP, { applyQuota: untilCancelled });
      assert.deepEqual(await driver.update(VERDICT_UPDATE), UP);
      driver.cancel();
    });

    it('answers with everything that does not fit, and does not close before that', async () => {
      const violations = [{ field: 'tier', code: 'DOES_NOT_FIT', message: 'it has 7 users, and 5 are allowed' }];
      await start(UP, { checkFit: async () => { throw ApplicationFailure.nonRetryable('it does not fit', 'INVALID_REQUEST', { violations }); } });
      const [{ reason }] = await Promise.allSettled([driver.update(VERDICT_UPDATE)]) as [PromiseRejectedResult];
      assert.deepEqual([reason.type, reason.message, reason.details], ['INVALID_REQUEST', 'it does not fit', [{ violations }]]);
      assert.equal((await driver.outcome).status, 'FAILED');
    });

    it('answers when the run is not admitted', async () => {
      await start(UP, { beginOperation: failing('not legal', 'CONFLICT') });
      const [{ reason }] = await Promise.allSettled([driver.update(VERDICT_UPDATE)]) as [PromiseRejectedResult];
      assert.deepEqual([reason.type, reason.message], ['CONFLICT', 'not legal']);
      assert.deepEqual(ids(), ['begin', 'close']);
    });
  });

  /** Fails the n-th call of an activity of the change, and nothing of the return. */
  const breaking = (name: 'applyQuota' | 'applyFlags' | 'upgradeReleases', call: number): Partial<Activities> => {
    let calls = 0;
    return { [name]: async ({ returning }: ApplyTierInput) => {
      if (!returning && (calls += 1) === call) throw ApplicationFailure.nonRetryable('it is broken', 'UNAVAILABLE');
      return {};
    } };
  };
  const returned = () => ids().filter((id) => id.startsWith('RETURN_TIER'));
  const QUOTA = 'RETURN_TIER:quota';
  const FLAGS = 'RETURN_TIER:flags';

  for (const [change, name, call, expected] of [
    [UP, 'applyQuota', 1, [QUOTA]],
    [UP, 'upgradeReleases', 2, [...RELEASES_RETURNED.slice(0, 2), QUOTA]],
    [UP, 'applyFlags', 1, [...RELEASES_RETURNED, QUOTA, FLAGS]],
    [DOWN, 'upgradeReleases', 2, RELEASES_RETURNED.slice(0, 2)],
    [DOWN, 'applyQuota', 1, [QUOTA, ...RELEASES_RETURNED]],
    [DOWN, 'applyFlags', 1, [QUOTA, ...RELEASES_RETURNED, FLAGS]],
  ] as const) {
    it(`restores the old tier, ${change.direction === 'UP' ? 'downwards' : 'upwards'}, when ${name} fails, and only what it reached`, async () => {
      await start(change, breaking(name, call));
      assert.equal((await driver.outcome).status, 'FAILED');
      assert.deepEqual([closing()?.reason, closing()?.unrestored], ['it is broken', {}]);
      assert.deepEqual(returned(), expected);
      assert.ok(returned().every((id) => inputOf(id).to.tier === change.from.tier));
      assert.equal((await states())['RETURN_TIER'], 'COMPLETED');
      assert.ok(!ids().includes('ANNOUNCE_TIER_CHANGE'));
      assert.ok(ids().length + 1 <= MOST_ACTIONS, `${ids().length} activities`);
    });
  }

  it('restores releases by the revisions that the check found, in the groups of the change', async () => {
    await start(UP, breaking('applyFlags', 1));
    await driver.outcome;
    const inputs = driver.scheduled.filter(({ type }) => type === 'restoreReleases').map(({ input }) => input as RestoreReleasesInput);
    assert.deepEqual(inputs.map(({ releases }) => releases), UPGRADE_BATCHES);
    for (const { revisions } of inputs) assert.deepEqual(revisions, REVISIONS);
  });

  it('restores all parts when the operation has earlier runs, which may have reached more', async () => {
    await start(UP, { ...breaking('applyQuota', 1), beginOperation: async () => admitted([], true) });
    assert.equal((await driver.outcome).status, 'FAILED');
    assert.deepEqual(returned(), [...RELEASES_RETURNED, QUOTA, FLAGS]);
  });

  it('a cancel in the middle restores the old tier, which a second cancel does not stop', async () => {
    await start(UP, { upgradeReleases: untilCancelled });
    await fakes.reached(`begin ${RELEASES[0]}`);
    driver.cancel();
    await fakes.reached(`begin ${RELEASES_RETURNED[0]}`);
    driver.advance(60_000);
    driver.cancel();
    assert.equal((await driver.outcome).status, 'CANCELLED');
    assert.deepEqual(returned(), [RELEASES_RETURNED[0], QUOTA]);
    assert.deepEqual([closing()?.end, closing()?.reason, closing()?.unrestored], ['CANCELLED', 'cancelled', {}]);
  });

  describe('with a long compensation', () => {
    const stuck = (): Partial<Activities> => ({ ...breaking('applyFlags', 1), restoreReleases: untilCancelled });
    const left = { ...Object.fromEntries(RELEASES_RETURNED.map((id) => [id.slice('RETURN_TIER:'.length), 'abandoned'])), quota: 'abandoned', flags: 'abandoned' };

    it('ends it at the signal that abandons a compensation, and says what is not restored', async () => {
      await start(UP, stuck());
      await fakes.reached(`begin ${RELEASES_RETURNED[0]}`);
      driver.signal(ABANDON_COMPENSATION_SIGNAL);
      assert.equal((await driver.outcome).status, 'FAILED');
      assert.deepEqual(returned(), [RELEASES_RETURNED[0]], 'nothing more is begun');
      assert.deepEqual([closing()?.end, closing()?.unrestored], ['FAILED', left]);
      assert.match(closing()?.reason ?? '', /^it is broken; and could not be restored: releases 1 of 4: abandoned; .*flags: abandoned$/);
      assert.equal((await states())['RETURN_TIER'], 'FAILED');
    });

    it('ends it at a cancel that comes once it has been seen, and not at one that was meant for the change', async () => {
      await start(UP, stuck());
      await fakes.reached(`begin ${RELEASES_RETURNED[0]}`);
      driver.advance(10_000);
      driver.cancel();
      assert.equal((await driver.outcome).status, 'FAILED');
      assert.deepEqual(closing()?.unrestored, left);

      await driver.dispose();
      await start(UP, { ...stuck(), restoreReleases: async () => { await fakes.reached('late'); return {} as never; } });
      await fakes.reached(`begin ${RELEASES_RETURNED[0]}`);
      driver.cancel();
      fakes.log.push('late');
      assert.equal((await driver.outcome).status, 'FAILED');
      assert.deepEqual(closing()?.unrestored, {});
    });

    it('ignores the signal while the change itself is at work', async () => {
      await start(UP, { upgradeReleases: async () => { driver.signal(ABANDON_COMPENSATION_SIGNAL); return {} as never; } });
      assert.equal((await driver.outcome).status, 'COMPLETED');
    });
  });

  it('a cancel during the check leaves nothing to return from', async () => {
    await start(UP, { checkFit: async () => { await fakes.reached('cancelled'); return UP as never; } });
    await fakes.reached('begin CHECK_FIT');
    driver.cancel();
    fakes.log.push('cancelled');
    assert.equal((await driver.outcome).status, 'CANCELLED');
    assert.deepEqual(ids(), ['begin', 'CHECK_FIT', 'close']);
  });

  it('does not take a tier back that was announced', async () => {
    await start(UP, { announceTierChange: failing('the topic is gone') });
    assert.equal((await driver.outcome).status, 'FAILED');
    assert.deepEqual(ids().slice(-2), ['ANNOUNCE_TIER_CHANGE', 'close']);
  });

  it('restores every part independently, and names the parts that could not be restored', async () => {
    const broken = async ({ returning }: ApplyTierInput) => returning ? failing('no quota')() : {} as never;
    await start(UP, {
      applyFlags: failing('no flags'), applyQuota: broken,
      restoreReleases: async ({ releases }: RestoreReleasesInput) => releases[0] === UPGRADE_BATCHES[1]![0] ? failing('immutable')() : {} as never,
    });
    assert.equal((await driver.outcome).status, 'FAILED');
    assert.deepEqual(returned(), [...RELEASES_RETURNED, QUOTA, FLAGS]);
    assert.deepEqual(closing()?.unrestored, { 'releases 2 of 4': 'immutable', quota: 'no quota', flags: 'no flags' });
    assert.equal(closing()?.reason, 'no flags; and could not be restored: releases 2 of 4: immutable; quota: no quota; flags: no flags');
    assert.equal((await states())['RETURN_TIER'], 'FAILED');
  });

  it('restores nothing more once a newer operation has taken over', async () => {
    await start(UP, { ...breaking('applyFlags', 1), restoreReleases: failing('too late', 'SUPERSEDED') });
    assert.equal((await driver.outcome).status, 'FAILED');
    assert.deepEqual(returned(), [RELEASES_RETURNED[0]]);
  });

  it('goes through all steps again after a reset', async () => {
    await start(UP, { beginOperation: async () => admitted(['CHECK_FIT', 'APPLY_QUOTA', 'UPGRADE_RELEASES']) });
    assert.equal((await driver.outcome).status, 'COMPLETED');
    assert.deepEqual(ids(), ['begin', 'CHECK_FIT', 'APPLY_QUOTA', ...RELEASES, 'APPLY_FLAGS', 'ANNOUNCE_TIER_CHANGE']);
  });
});
