import assert from 'node:assert/strict';
import { activityInfo } from '@temporalio/activity';
import { WorkflowExecutionAlreadyStartedError, type WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { CloseOperationInput, OperationInput } from '../../tenant/operations.ts';
import { accepted, fakeActivities, provisioningOf, untilCancelled } from '../support/fake-activities.ts';
import { TemporalRig } from '../support/temporal-rig.ts';
import { workflowBundle } from '../support/workflow-bundle.ts';

/** A tenant no other test uses. */
const request = (word: string) => provisioningOf(`${word}-${crypto.randomUUID().slice(0, 8)}`);

/** Asserts that a run fails, with a failure of this class. */
const assertFailed = async (handle: WorkflowHandle, type: string): Promise<void> => {
  await assert.rejects(handle.result(), ({ cause }: WorkflowFailedError) => cause instanceof ApplicationFailure && cause.type === type);
};

const assertCancelled = async (handle: WorkflowHandle): Promise<void> => {
  await assert.rejects(handle.result(), ({ cause }: WorkflowFailedError) => cause instanceof CancelledFailure);
};

describe('provisionTenant on a server', function () {
  this.timeout(120_000);
  let rig: TemporalRig;

  before(workflowBundle);
  beforeEach(async () => { rig = await TemporalRig.connect(); });
  afterEach(() => rig.end());

  it('gives a repeated creation the first verdict, while the run is open and after it', async () => {
    let validations = 0;
    const fakes = fakeActivities({
      validate: async () => { validations += 1; return accepted(); },
      verify: async () => fakes.reached('end creation repeated') as never,
    });
    await rig.startWorker(fakes.activities);
    const creation = request('success');
    const updateId = creation.tenantId;

    const first = await rig.startForVerdict(creation, updateId);
    assert.deepEqual(first.verdict, accepted());
    assert.deepEqual(await rig.startForVerdict(creation, updateId), first);
    fakes.log.push('end creation repeated');
    const result = await rig.client.workflow.getHandle(`tenant-${creation.slug}`).result();
    assert.deepEqual(result, { result: 'ACTIVE', tenantId: creation.tenantId, slug: creation.slug });
    assert.deepEqual(await rig.startForVerdict(creation, updateId), first);
    assert.equal(validations, 1);
  });

  it('refuses a second operation on a tenant that is busy', async () => {
    const fakes = fakeActivities({ createNamespace: untilCancelled });
    await rig.startWorker(fakes.activities);
    const busy = request('busy');
    const handle = await rig.start(busy);
    await fakes.reached('begin CREATE_NAMESPACE');
    await assert.rejects(rig.start({ ...busy, tenantId: crypto.randomUUID() }), WorkflowExecutionAlreadyStartedError);
    await handle.cancel();
    await assertCancelled(handle);
  });

  it('completes with the violations when VALIDATE refuses', async () => {
    const violations = [{ field: 'name', code: 'NAME_TAKEN' as const, message: 'is in use by another tenant' }];
    await rig.startWorker(fakeActivities({ validate: async () => ({ accepted: false, violations }) }).activities);
    const handle = await rig.start(request('refusal'));
    assert.deepEqual(await handle.result(), { result: 'REFUSED', violations });
  });

  it('fails when a phase fails for good, and a retry goes on from there', async () => {
    let broken = true;
    const fakes = fakeActivities({
      validate: async () => accepted(broken ? [] : ['VALIDATE', 'CREATE_NAMESPACE', 'DEPLOY_SECRETS', 'DEPLOY_DATABASES', 'DEPLOY_SERVICES']),
      delegateZone: async () => { if (broken) throw ApplicationFailure.nonRetryable('250 zones are the limit', 'CEILING_REACHED'); return {} as never; },
    });
    await rig.startWorker(fakes.activities);
    const creation = request('failure');
    await assertFailed(await rig.start(creation), 'CEILING_REACHED');
    assert.ok(fakes.log.includes('end close'));

    broken = false;
    fakes.log.length = 0;
    assert.equal((await (await rig.start(creation)).result() as { result: string }).result, 'ACTIVE');
    assert.ok(!fakes.log.includes('begin CREATE_NAMESPACE') && fakes.log.includes('end DEPLOY_INGRESS:zone'));
  });

  it('cancels in the middle of a phase: the activity ends before anything is undone', async () => {
    let closing: CloseOperationInput | undefined;
    const fakes = fakeActivities({
      awaitWave: untilCancelled, issueCertificate: untilCancelled,
      closeOperation: async (input) => { closing = input; return { closed: true }; },
    });
    await rig.startWorker(fakes.activities);
    const handle = await rig.start(request('cancel'));
    await Promise.all([fakes.reached('begin DEPLOY_SERVICES:wave 1'), fakes.reached('begin DEPLOY_INGRESS:certificate')]);
    await handle.cancel();
    await assertCancelled(handle);
    const undo = fakes.log.indexOf('begin WITHDRAW_INGRESS');
    for (const entry of ['end DEPLOY_SERVICES:wave 1', 'end DEPLOY_INGRESS:certificate']) assert.ok(fakes.log.indexOf(entry) < undo, entry);
    assert.deepEqual([closing?.end, closing?.undone], ['CANCELLED', true]);
  });

  it('keeps the original run id through a reset', async () => {
    const seen: { runId: string | undefined; originalRunId: string }[] = [];
    const fakes = fakeActivities({
      configure: async ({ originalRunId }: OperationInput) => {
        seen.push({ runId: activityInfo().workflowExecution?.runId, originalRunId });
        if (seen.length === 1) throw ApplicationFailure.nonRetryable('no such flag', 'INVALID_REQUEST');
        return {} as never;
      },
    });
    await rig.startWorker(fakes.activities);
    const handle = await rig.start(request('reset'));
    const originalRunId = handle.firstExecutionRunId;
    await assertFailed(handle, 'INVALID_REQUEST');

    const again = await rig.resetTo(handle, originalRunId, 'CONFIGURE');
    assert.equal((await again.result() as { result: string }).result, 'ACTIVE');
    const { runId } = await again.describe();
    assert.notEqual(runId, originalRunId);
    assert.deepEqual(seen, [{ runId: originalRunId, originalRunId }, { runId, originalRunId }]);
  });

  it('lets an operator pause an activity and let it go on', async () => {
    const fakes = fakeActivities({ deployDatabases: async () => activityInfo().attempt === 1 ? untilCancelled() : {} as never });
    await rig.startWorker(fakes.activities);
    const handle = await rig.start(request('pause'));
    await fakes.reached('begin DEPLOY_DATABASES');

    await rig.pause(handle, 'DEPLOY_DATABASES');
    await fakes.reached('end DEPLOY_DATABASES');
    const { raw } = await handle.describe();
    assert.deepEqual(raw.pendingActivities?.map(({ activityId, paused }) => ({ activityId, paused })), [{ activityId: 'DEPLOY_DATABASES', paused: true }]);

    await rig.unpause(handle, 'DEPLOY_DATABASES');
    assert.equal((await handle.result() as { result: string }).result, 'ACTIVE');
  });

  it('goes on with another worker when the first is shut down', async () => {
    const first = fakeActivities({ deployDatabases: untilCancelled });
    const worker = await rig.startWorker(first.activities);
    const handle = await rig.start(request('restart'));
    await first.reached('begin DEPLOY_DATABASES');
    await worker.stop();
    assert.ok(first.log.includes('end DEPLOY_DATABASES'));

    const second = fakeActivities();
    await rig.startWorker(second.activities);
    assert.equal((await handle.result() as { result: string }).result, 'ACTIVE');
    assert.ok(!second.log.includes('begin CREATE_NAMESPACE') && second.log.includes('end DEPLOY_DATABASES'));
  });
});
