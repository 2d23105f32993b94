import assert from 'node:assert/strict';
import { ApplicationFailure } from '@temporalio/common';
import type { Activities } from '../../activities/activities.ts';
import { PROGRESS_QUERY, type CloseOperationInput, type StepProgress } from '../../tenant/operations.ts';
import { PHASES } from '../../tenant/phases.ts';
import { OPERATION_STEPS, TEARDOWN_STEPS } from '../../tenant/steps.ts';
import { admitted, fakeActivities, type FakeActivities, untilCancelled } from '../support/fake-activities.ts';
import { workflowBundle } from '../support/workflow-bundle.ts';
import { WorkflowDriver } from '../support/workflow-driver.ts';

const REQUEST = { tenantId: crypto.randomUUID(), slug: 'acme', actor: 'tester' };
const REBUILT = PHASES.filter((phase) => phase !== 'VALIDATE');

describe('reprovisionTenant', () => {
  let driver: WorkflowDriver;
  let fakes: FakeActivities;

  const start = async (overrides: Partial<Activities> = {}): Promise<void> => {
    fakes = fakeActivities(overrides);
    driver = await WorkflowDriver.start({ workflowType: 'reprovisionTenant', workflowId: 'tenant-acme', input: REQUEST, activities: fakes.activities });
  };
  const ids = () => driver.scheduled.map(({ id }) => id);
  /** The steps in the order in which they were first begun. */
  const steps = () => [...new Set(ids().map((id) => id.split(':')[0]))];
  const closing = () => driver.scheduled.find(({ type }) => type === 'closeOperation')?.input as CloseOperationInput | undefined;
  const states = async () => Object.fromEntries((await driver.query<StepProgress[]>(PROGRESS_QUERY)).map(({ step, state }) => [step, state]));

  before(async function () {
    this.timeout(30_000);
    await workflowBundle();
  });
  afterEach(() => driver.dispose());

  it('takes everything back and provisions the tenant anew', async () => {
    await start();
    assert.deepEqual(await driver.outcome, { status: 'COMPLETED', result: { result: 'ACTIVE', tenantId: REQUEST.tenantId, slug: 'acme' } });
    assert.deepEqual(steps(), ['begin', ...TEARDOWN_STEPS, ...REBUILT]);
    assert.ok(fakes.log.indexOf('end REMOVE_REGISTRATIONS') < fakes.log.indexOf('begin CREATE_NAMESPACE'));
    assert.deepEqual(await states(), Object.fromEntries(OPERATION_STEPS.REPROVISION.map((step) => [step, 'COMPLETED'])));
  });

  it('takes nothing back a second time when it goes on after a failure', async () => {
    await start({ beginOperation: async () => admitted([...TEARDOWN_STEPS, 'CREATE_NAMESPACE', 'DEPLOY_SECRETS']) });
    assert.equal((await driver.outcome).status, 'COMPLETED');
    assert.deepEqual(steps(), ['begin', ...REBUILT.slice(2)]);
  });

  it('makes nothing as long as something could not be taken back', async () => {
    await start({ removeNamespace: async () => { throw ApplicationFailure.nonRetryable('a finalizer holds it', 'NOT_READY'); } });
    assert.equal((await driver.outcome).status, 'FAILED');
    assert.deepEqual(ids().slice(-5), ['REMOVE_NAMESPACE', 'REMOVE_ZONE', 'REMOVE_CONFIGURATION', 'REMOVE_REGISTRATIONS', 'close']);
    assert.deepEqual([closing()?.end, closing()?.reason], ['FAILED', 'a finalizer holds it']);
  });

  it('stops where it is when it is cancelled, so that it can be run again', async () => {
    await start({ deployDatabases: untilCancelled });
    await fakes.reached('begin DEPLOY_DATABASES');
    driver.cancel();
    assert.equal((await driver.outcome).status, 'CANCELLED');
    assert.deepEqual(ids().slice(-2), ['DEPLOY_DATABASES', 'close']);
    assert.deepEqual([closing()?.end, closing()?.undone], ['CANCELLED', false]);
  });
});
