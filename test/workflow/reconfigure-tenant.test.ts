import assert from 'node:assert/strict';
import { ApplicationFailure } from '@temporalio/common';
import type { Activities } from '../../activities/activities.ts';
import type { CloseOperationInput } from '../../tenant/operations.ts';
import { fakeActivities } from '../support/fake-activities.ts';
import { workflowBundle } from '../support/workflow-bundle.ts';
import { WorkflowDriver } from '../support/workflow-driver.ts';

describe('reconfigureTenant', () => {
  let driver: WorkflowDriver;
  const configuration = { aiModel: 'claude' };

  const start = async (overrides: Partial<Activities> = {}): Promise<void> => {
    const { activities } = fakeActivities(overrides);
    driver = await WorkflowDriver.start({
      workflowType: 'reconfigureTenant', workflowId: 'tenant-acme', activities, input: { tenantId: crypto.randomUUID(), slug: 'acme', actor: 'tester', configuration },
    });
  };
  const closing = () => driver.scheduled.at(-1)!.input as CloseOperationInput;
  const ids = () => driver.scheduled.map(({ id }) => id);

  before(async function () {
    this.timeout(30_000);
    await workflowBundle();
  });
  afterEach(() => driver.dispose());

  it('applies the configuration, then announces it', async () => {
    await start();
    assert.equal((await driver.outcome).status, 'COMPLETED');
    assert.deepEqual(ids(), ['begin', 'CONFIGURE', 'ANNOUNCE_CONFIGURATION']);
    for (const { input } of driver.scheduled.slice(1)) assert.deepEqual((input as { configuration: unknown }).configuration, configuration);
  });

  it('returns to the old configuration when it cannot be applied', async () => {
    await start({ reconfigure: async () => { throw ApplicationFailure.nonRetryable('it is broken', 'UNAVAILABLE'); } });
    assert.equal((await driver.outcome).status, 'FAILED');
    assert.deepEqual(ids(), ['begin', 'CONFIGURE', 'begin', 'RETURN_CONFIGURATION', 'close']);
    assert.deepEqual(closing().unrestored, {});
  });

  it('names the configuration when it can be neither applied nor restored', async () => {
    const failing = (message: string) => async () => { throw ApplicationFailure.nonRetryable(message, 'UNAVAILABLE'); };
    await start({ reconfigure: failing('it is broken'), returnConfiguration: failing('away') });
    assert.equal((await driver.outcome).status, 'FAILED');
    const { reason, unrestored } = closing();
    assert.deepEqual([reason, unrestored], ['it is broken; and could not be restored: configuration: away', { configuration: 'away' }]);
  });

  it('changes nothing when it is not admitted', async () => {
    await start({ beginOperation: async () => { throw ApplicationFailure.nonRetryable('not legal', 'CONFLICT'); } });
    assert.equal((await driver.outcome).status, 'FAILED');
    assert.deepEqual(ids(), ['begin', 'close']);
  });
});
