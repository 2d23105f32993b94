import assert from 'node:assert/strict';
import type { AdmittedOperation } from '../../../projection/interface.ts';
import type { OperationKind } from '../../../tenant/lifecycle.ts';
import { ABANDON_COMPENSATION_SIGNAL } from '../../../tenant/operations.ts';
import { ApiRig, type Reply } from '../../support/api-rig.ts';
import type { FakeRun } from '../../support/fake-temporal.ts';
import { attemptOf, runOf } from '../../support/projection-fixture.ts';

const UNRESTORED = { quota: 'abandoned' };

describe('an operation that comes while a failed change is being restored', () => {
  const rig = new ApiRig();
  let signals: string[];

  beforeEach(() => { signals = []; });
  afterEach(() => { rig.fake.onSignal = async () => undefined; });

  /** A tenant with a run of a kind that is at a step. The run closes at the signal if it `obeys`. */
  const tenantAt = async (kind: OperationKind, step: string, obeys = true): Promise<{ operation: AdmittedOperation; run: FakeRun }> => {
    const { tenantId, tenant: { slug } } = await rig.active();
    const run = rig.run(slug, { kind, memo: { tenantId, tenantSlug: slug } });
    const operation = await rig.projection.admit(runOf(tenantId, kind, { runId: run.runId, originalRunId: run.runId, workflowId: run.workflowId }));
    await rig.projection.enterPhase(operation, step, attemptOf(`${step}:quota`));
    rig.fake.onSignal = async (signalled, _argument, name) => {
      assert.equal(signalled, run);
      signals.push(name);
      if (!obeys) return;
      await rig.projection.closeOperation(operation, { status: 'FAILED', failureReason: 'it could not be restored', unrestored: UNRESTORED });
      run.status = 'FAILED';
    };
    return { operation, run };
  };
  const remove = ({ tenantId }: AdmittedOperation): Promise<Reply> => rig.send(`/tenants/${tenantId}`, { method: 'DELETE' });
  const suspend = ({ tenantId }: AdmittedOperation): Promise<Reply> => rig.post(`/tenants/${tenantId}/suspend`);

  for (const [name, ask] of [['a suspension', suspend], ['a deletion', remove]] as const) {
    it(`ends that, when it is ${name}, and the tenant tells what is left of two tiers`, async () => {
      const { operation } = await tenantAt('TIER_CHANGE', 'RETURN_TIER');
      const { status, body } = await ask(operation);
      assert.equal(status, 202, JSON.stringify(body));
      assert.deepEqual(signals, [ABANDON_COMPENSATION_SIGNAL]);
      for (const path of ['', '/provisioning/status']) {
        const { body: { mismatch } } = await rig.send(`/tenants/${operation.tenantId}${path}`);
        assert.deepEqual([mismatch.operationId, mismatch.parts], [operation.operationId, UNRESTORED], path);
      }
    });
  }

  it('is refused like any other when the run does not close in time, and can be repeated', async () => {
    const { operation, run } = await tenantAt('RECONFIGURATION', 'RETURN_CONFIGURATION', false);
    const startedAt = Date.now();
    const { status, body } = await suspend(operation);
    assert.deepEqual([status, body.operation.runId, signals.length], [409, run.runId, 1]);
    assert.ok(Date.now() - startedAt < 4_500);
    run.status = 'FAILED';
    await rig.projection.closeOperation(operation, { status: 'FAILED', unrestored: {} });
    assert.equal((await suspend(operation)).status, 202);
  });

  it('waits for it when it is not urgent', async () => {
    const { operation } = await tenantAt('TIER_CHANGE', 'RETURN_TIER');
    assert.equal((await rig.send(`/tenants/${operation.tenantId}/configuration`, { method: 'PUT', body: {} })).status, 409);
    assert.deepEqual(signals, []);
  });

  it('does not disturb a change that is still at work', async () => {
    const { operation } = await tenantAt('TIER_CHANGE', 'UPGRADE_RELEASES');
    assert.equal((await remove(operation)).status, 409);
    assert.deepEqual(signals, []);
  });
});
