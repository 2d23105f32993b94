import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import type { Activities } from '../../activities/activities.ts';
import { PROGRESS_QUERY, type CloseOperationInput, type StepProgress } from '../../tenant/operations.ts';
import { OPERATION_STEPS, TEARDOWN_STEPS } from '../../tenant/steps.ts';
import { admitted, fakeActivities, type FakeActivities, untilCancelled } from '../support/fake-activities.ts';
import { workflowBundle } from '../support/workflow-bundle.ts';
import { WorkflowDriver } from '../support/workflow-driver.ts';

const REQUEST = { tenantId: crypto.randomUUID(), slug: 'acme', actor: 'tester' };

describe('rollbackTenant', () => {
  let driver: WorkflowDriver;
  let fakes: FakeActivities;

  const start = async (overrides: Partial<Activities> = {}): Promise<void> => {
    fakes = fakeActivities(overrides);
    driver = await WorkflowDriver.start({ workflowType: 'rollbackTenant', workflowId: 'tenant-acme', input: REQUEST, activities: fakes.activities });
  };
  const ids = () => driver.scheduled.map(({ id }) => id);
  const closing = () => driver.scheduled.find(({ type }) => type === 'closeOperation')?.input as CloseOperationInput | undefined;
  const states = async () => Object.fromEntries((await driver.query<StepProgress[]>(PROGRESS_QUERY)).map(({ step, state }) => [step, state]));

  before(async function () {
    this.timeout(30_000);
    await workflowBundle();
  });
  afterEach(() => driver.dispose());

  it('takes everything back in the teardown order, one after another, and removes the tenant last', async () => {
    await start();
    assert.deepEqual(await driver.outcome, { status: 'COMPLETED', result: { result: 'REMOVED', tenantId: REQUEST.tenantId, slug: 'acme' } });
    assert.deepEqual(ids(), ['begin', ...TEARDOWN_STEPS, 'REMOVE_TENANT']);
    assert.deepEqual(fakes.log, ids().flatMap((id) => [`begin ${id}`, `end ${id}`]));
    assert.deepEqual(await states(), Object.fromEntries(OPERATION_STEPS.ROLLBACK.map((step) => [step, 'COMPLETED'])));
  });

  it('does not look again at what an earlier run took back', async () => {
    await start({ beginOperation: async () => admitted(['WITHDRAW_INGRESS', 'UNINSTALL_RELEASES']) });
    assert.equal((await driver.outcome).status, 'COMPLETED');
    assert.deepEqual(ids(), ['begin', ...TEARDOWN_STEPS.slice(2), 'REMOVE_TENANT']);
  });

  it('undoes the steps that do not need the failed step, says that it is incomplete, and keeps the tenant', async () => {
    await start({ removeZone: async () => { throw ApplicationFailure.nonRetryable('the zone is locked', 'CONFLICT'); } });
    const outcome = await driver.outcome;
    assert.ok(outcome.status === 'FAILED' && outcome.error instanceof ApplicationFailure);
    assert.deepEqual([outcome.error.type, outcome.error.message], ['CONFLICT', 'the zone is locked']);
    assert.deepEqual(ids().slice(-4), ['REMOVE_ZONE', 'REMOVE_CONFIGURATION', 'REMOVE_REGISTRATIONS', 'close']);
    assert.deepEqual([closing()?.end, closing()?.reason, closing()?.undone], ['FAILED', 'rollback incomplete: the zone is locked', false]);
  });

  it('keeps the address, the namespace and the zone while address records may be there, and stops at once when it is superseded', async () => {
    await start({ withdrawIngress: async () => { throw ApplicationFailure.nonRetryable('Azure DNS is away', 'UNAVAILABLE'); } });
    assert.equal((await driver.outcome).status, 'FAILED');
    assert.deepEqual(ids(), ['begin', 'WITHDRAW_INGRESS', 'DROP_DATABASES', 'REMOVE_CONFIGURATION', 'REMOVE_REGISTRATIONS', 'close']);
    assert.equal(closing()?.reason, 'rollback incomplete: Azure DNS is away');
    await driver.dispose();

    await start({ withdrawIngress: async () => { throw ApplicationFailure.nonRetryable('a newer operation has taken over', 'SUPERSEDED'); } });
    assert.equal((await driver.outcome).status, 'FAILED');
    assert.deepEqual(ids(), ['begin', 'WITHDRAW_INGRESS']);
  });

  it('is stopped by a cancel, and takes nothing more back', async () => {
    await start({ dropDatabases: untilCancelled });
    await fakes.reached('begin DROP_DATABASES');
    driver.cancel();
    assert.equal((await driver.outcome).status, 'CANCELLED');
    assert.deepEqual(ids().slice(-2), ['DROP_DATABASES', 'close']);
    assert.deepEqual([closing()?.end, closing()?.reason, closing()?.undone], ['CANCELLED', 'rollback incomplete: cancelled', false]);
  });

  it('takes no notice of a cancel once it removes the tenant', async () => {
    await start({ removeTenant: async () => { driver.cancel(); await sleep(10); return { delivered: true }; } });
    assert.equal((await driver.outcome).status, 'COMPLETED');
    assert.equal(closing(), undefined);
  });

  it('changes nothing when it is not admitted', async () => {
    await start({ beginOperation: async () => { throw ApplicationFailure.nonRetryable('a newer operation has taken over', 'SUPERSEDED'); } });
    assert.equal((await driver.outcome).status, 'FAILED');
    assert.deepEqual(ids(), ['begin']);
  });
});
