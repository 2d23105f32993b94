import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import type { Activities } from '../../activities/activities.ts';
import { PROGRESS_QUERY, type CloseOperationInput, type StepProgress } from '../../tenant/operations.ts';
import { OPERATION_STEPS } from '../../tenant/steps.ts';
import { admitted, fakeActivities, type FakeActivities, untilCancelled } from '../support/fake-activities.ts';
import { workflowBundle } from '../support/workflow-bundle.ts';
import { WorkflowDriver } from '../support/workflow-driver.ts';

const REQUEST = { tenantId: crypto.randomUUID(), slug: 'acme', actor: 'tester' };

describe('suspension and reactivation', () => {
  let driver: WorkflowDriver;
  let fakes: FakeActivities;

  const start = async (workflowType: 'suspendTenant' | 'reactivateTenant', overrides: Partial<Activities> = {}): Promise<void> => {
    fakes = fakeActivities(overrides);
    driver = await WorkflowDriver.start({ workflowType, workflowId: 'tenant-acme', input: REQUEST, activities: fakes.activities });
  };
  const alreadyDone = (...completed: string[]): Partial<Activities> => ({ beginOperation: async () => admitted(completed) });
  const failing = async (): Promise<never> => { throw ApplicationFailure.nonRetryable('it is broken', 'UNAVAILABLE'); };
  const ids = () => driver.scheduled.map(({ id }) => id);
  const closing = () => driver.scheduled.find(({ type }) => type === 'closeOperation')?.input as CloseOperationInput | undefined;
  const states = async () => Object.fromEntries((await driver.query<StepProgress[]>(PROGRESS_QUERY)).map(({ step, state }) => [step, state]));

  before(async function () {
    this.timeout(30_000);
    await workflowBundle();
  });
  afterEach(() => driver.dispose());

  for (const [workflowType, kind, status, mostActions] of [
    ['suspendTenant', 'SUSPENSION', 'SUSPENDED', 10], ['reactivateTenant', 'REACTIVATION', 'ACTIVE', 12],
  ] as const) {
    describe(workflowType, () => {
      it(`admits itself, runs its steps one after another and ends ${status}, within its budget of actions`, async () => {
        await start(workflowType);
        assert.deepEqual(await driver.outcome, { status: 'COMPLETED', result: { result: status, tenantId: REQUEST.tenantId, slug: 'acme' } });
        assert.deepEqual(ids(), ['begin', ...OPERATION_STEPS[kind]]);
        assert.deepEqual(fakes.log, ids().flatMap((id) => [`begin ${id}`, `end ${id}`]));
        assert.ok(ids().length + 1 <= mostActions, 'with the start');
        assert.ok(Object.values(await states()).every((state) => state === 'COMPLETED'));
      });

      it('gives every activity the operation it belongs to', async () => {
        await start(workflowType);
        await driver.outcome;
        for (const { input, id } of driver.scheduled) assert.deepEqual({ ...(input as object), originalRunId: '' }, { ...REQUEST, kind, originalRunId: '' }, id);
      });

      it('does not repeat what an earlier run completed', async () => {
        const done = OPERATION_STEPS[kind].slice(0, -1);
        await start(workflowType, alreadyDone(...done));
        assert.equal((await driver.outcome).status, 'COMPLETED');
        assert.deepEqual(ids(), ['begin', OPERATION_STEPS[kind].at(-1)]);
        assert.equal((await states())[done.at(-1)!], 'SKIPPED');
      });

      it('changes nothing when it is not admitted', async () => {
        await start(workflowType, { beginOperation: async () => { throw ApplicationFailure.nonRetryable('not legal', 'CONFLICT'); } });
        assert.equal((await driver.outcome).status, 'FAILED');
        assert.deepEqual(ids(), ['begin', 'close']);
      });

      it('leaves nothing behind when a newer operation has taken over', async () => {
        await start(workflowType, { beginOperation: async () => { throw ApplicationFailure.nonRetryable('too late', 'SUPERSEDED'); } });
        assert.equal((await driver.outcome).status, 'FAILED');
        assert.deepEqual(ids(), ['begin']);
      });
    });
  }

  it('a suspension whose pods do not end is failed with the reason, and goes no further', async () => {
    await start('suspendTenant', { scaleDown: failing });
    const outcome = await driver.outcome;
    assert.ok(outcome.status === 'FAILED' && outcome.error.message === 'it is broken');
    assert.deepEqual(ids(), ['begin', 'MARK_SUSPENDED', 'REVOKE_TOKENS', 'SCALE_DOWN', 'close']);
    assert.deepEqual([closing()?.end, closing()?.reason], ['FAILED', 'it is broken']);
  });

  it('a cancelled suspension stops where it is and takes nothing back', async () => {
    await start('suspendTenant', { scaleDown: untilCancelled });
    await fakes.reached('begin SCALE_DOWN');
    driver.cancel();
    assert.equal((await driver.outcome).status, 'CANCELLED');
    assert.deepEqual(ids(), ['begin', 'MARK_SUSPENDED', 'REVOKE_TOKENS', 'SCALE_DOWN', 'close']);
    assert.equal(closing()?.end, 'CANCELLED');
  });

  it('a reactivation whose services are not healthy never makes the tenant active, and stops everything again', async () => {
    await start('reactivateTenant', { verify: failing });
    assert.equal((await driver.outcome).status, 'FAILED');
    assert.deepEqual(ids(), ['begin', 'SCALE_UP', 'VERIFY', 'begin', 'SCALE_DOWN', 'close']);
  });

  it('a reactivation after a failed one starts everything again', async () => {
    await start('reactivateTenant', alreadyDone('SCALE_UP'));
    assert.equal((await driver.outcome).status, 'COMPLETED');
    assert.deepEqual(ids(), ['begin', ...OPERATION_STEPS.REACTIVATION]);
  });

  it('a resumed reactivation of an ACTIVE tenant stops nothing after any failure', async () => {
    await start('reactivateTenant', { ...alreadyDone('SCALE_UP', 'VERIFY', 'MARK_ACTIVE'), publishActivated: failing });
    assert.equal((await driver.outcome).status, 'FAILED');
    assert.deepEqual(ids(), ['begin', 'PUBLISH_ACTIVATED', 'close']);
  });

  it('a cancel that comes once the tenant is being made active comes too late', async () => {
    await start('reactivateTenant', { markActive: async () => { driver.cancel(); await sleep(5); return {} as never; } });
    assert.equal((await driver.outcome).status, 'COMPLETED');
    assert.equal(ids().at(-1), 'PUBLISH_ACTIVATED');
  });
});
