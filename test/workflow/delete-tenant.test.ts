import assert from 'node:assert/strict';
import { ApplicationFailure } from '@temporalio/common';
import type { Activities } from '../../activities/activities.ts';
import type { CloseOperationInput } from '../../tenant/operations.ts';
import { OPERATION_STEPS, TEARDOWN_STEPS } from '../../tenant/steps.ts';
import { admitted, fakeActivities, type FakeActivities } from '../support/fake-activities.ts';
import { workflowBundle } from '../support/workflow-bundle.ts';
import { WorkflowDriver } from '../support/workflow-driver.ts';

const REQUEST = { tenantId: crypto.randomUUID(), slug: 'acme', actor: 'tester' };
const STEPS = OPERATION_STEPS.DELETION;

/** Billable actions are at most 24: of the wait two activities, its start, its timer, the signal and the child are not in this run. */
const MOST_ACTIVITIES = 17;

describe('deleteTenant', () => {
  let driver: WorkflowDriver;
  let fakes: FakeActivities;

  const start = async (overrides: Partial<Activities> = {}): Promise<void> => {
    fakes = fakeActivities(overrides);
    driver = await WorkflowDriver.start({ workflowType: 'deleteTenant', workflowId: 'tenant-acme', input: REQUEST, activities: fakes.activities });
  };
  const after = (...completed: readonly string[]): Partial<Activities> => ({ beginOperation: async () => admitted([...completed]) });
  const ids = () => driver.scheduled.map(({ id }) => id);
  const closing = () => driver.scheduled.find(({ type }) => type === 'closeOperation')?.input as CloseOperationInput | undefined;

  before(async function () {
    this.timeout(60_000);
    await workflowBundle();
  });
  afterEach(() => driver.dispose());

  it('stops everything, exports, tears down in order, scans, certifies, and publishes last', async () => {
    await start();
    assert.deepEqual(await driver.outcome, { status: 'COMPLETED', result: { result: 'DELETED', tenantId: REQUEST.tenantId, slug: 'acme' } });
    assert.deepEqual(ids(), ['begin', 'MARK_DELETING', 'EXPORT_AUDIT', ...TEARDOWN_STEPS, 'SCAN_RESIDUE', 'CERTIFY', 'PUBLISH_DELETED']);
    assert.deepEqual(fakes.log, ids().flatMap((id) => [`begin ${id}`, `end ${id}`]), 'one after another');
    assert.ok(ids().length <= MOST_ACTIVITIES);
  });

  it('destroys nothing when the export fails', async () => {
    await start({ exportAudit: async () => { throw ApplicationFailure.nonRetryable('the archive does not read it back', 'UNAVAILABLE'); } });
    assert.equal((await driver.outcome).status, 'FAILED');
    assert.deepEqual(ids(), ['begin', 'MARK_DELETING', 'EXPORT_AUDIT', 'close']);
    assert.deepEqual([closing()?.end, closing()?.reason], ['FAILED', 'the archive does not read it back']);
  });

  it('removes what does not need the step that failed, and is neither scanned nor certified', async () => {
    await start({ removeNamespace: async () => { throw ApplicationFailure.nonRetryable('it hangs', 'NOT_READY'); } });
    assert.equal((await driver.outcome).status, 'FAILED');
    assert.deepEqual(ids().slice(-5), ['REMOVE_NAMESPACE', 'REMOVE_ZONE', 'REMOVE_CONFIGURATION', 'REMOVE_REGISTRATIONS', 'close']);
    assert.equal(closing()?.reason, 'it hangs');
  });

  it('frees no address while records may point to it', async () => {
    await start({ withdrawIngress: async () => { throw ApplicationFailure.nonRetryable('Azure DNS is away', 'UNAVAILABLE'); } });
    assert.equal((await driver.outcome).status, 'FAILED');
    assert.deepEqual(ids().slice(3), ['WITHDRAW_INGRESS', 'DROP_DATABASES', 'REMOVE_CONFIGURATION', 'REMOVE_REGISTRATIONS', 'close']);
  });

  it('goes on where an earlier run stopped', async () => {
    const done = STEPS.slice(0, STEPS.indexOf('REMOVE_NAMESPACE'));
    await start(after(...done));
    assert.equal((await driver.outcome).status, 'COMPLETED');
    assert.deepEqual(ids(), ['begin', ...STEPS.slice(done.length)]);
  });

  it('tears down once more when an earlier run\'s scan found something', async () => {
    await start(after('MARK_DELETING', 'EXPORT_AUDIT', ...TEARDOWN_STEPS));
    assert.equal((await driver.outcome).status, 'COMPLETED');
    assert.deepEqual(ids(), ['begin', ...TEARDOWN_STEPS, 'SCAN_RESIDUE', 'CERTIFY', 'PUBLISH_DELETED']);
  });

  it('does not tear down what was scanned clean', async () => {
    await start(after('MARK_DELETING', 'EXPORT_AUDIT', ...TEARDOWN_STEPS, 'SCAN_RESIDUE'));
    assert.equal((await driver.outcome).status, 'COMPLETED');
    assert.deepEqual(ids(), ['begin', 'CERTIFY', 'PUBLISH_DELETED']);
  });

  it('takes no notice of a cancel, whenever it comes', async () => {
    for (const step of ['begin', 'MARK_DELETING', 'DROP_DATABASES'] as const) {
      const name = { begin: 'beginOperation', MARK_DELETING: 'markDeleting', DROP_DATABASES: 'dropDatabases' }[step];
      await start({ [name]: async () => { driver.cancel(); return admitted(); } });
      assert.equal((await driver.outcome).status, 'COMPLETED', step);
      assert.equal(ids().length, STEPS.length + 1);
    }
  });
});
