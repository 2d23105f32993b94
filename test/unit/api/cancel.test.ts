import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { ApiRig } from '../../support/api-rig.ts';
import { attemptOf, runPhases } from '../../support/projection-fixture.ts';

describe('the cancel of a provisioning', () => {
  const rig = new ApiRig();
  afterEach(() => { rig.fake.onCancel = async (run) => { run.status = 'CANCELLED'; }; });

  it('is refused once the tenant was ever ACTIVE, and a busy tenant\'s answer does not advise it', async () => {
    const { tenantId, tenant: { slug } } = await rig.active();
    const run = rig.run(slug, { kind: 'PROVISIONING', memo: { tenantId, tenantSlug: slug } });
    const busy = await rig.post(`/tenants/${tenantId}/suspend`);
    assert.deepEqual([busy.status, busy.body.operation.runId, busy.body.operation.cancel], [409, run.runId, undefined]);
    assert.doesNotMatch(busy.body.detail, /cancel/);
    const { status, body } = await rig.post(`/tenants/${tenantId}/provisioning/cancel`);
    assert.deepEqual([status, body.code, body.tenantStatus, run.status], [409, 'MATIH-TENANT-3008', 'ACTIVE', 'RUNNING']);
  });

  it('is advised before that, and answered 202 once the run shows that it obeys', async () => {
    const { operation, run } = await rig.provisioning();
    const { tenantId } = operation;
    const busy = await rig.post(`/tenants/${tenantId}/provisioning/rollback`);
    assert.equal(busy.body.operation.cancel, `/api/v1/tenants/${tenantId}/provisioning/cancel`);
    rig.fake.onCancel = () => rig.projection.enterPhase(operation, 'REMOVE_NAMESPACE', attemptOf('REMOVE_NAMESPACE'));
    const started = Date.now();
    const { status, body } = await rig.post(`/tenants/${tenantId}/provisioning/cancel`);
    assert.deepEqual([status, body.operation.runId], [202, run.runId]);
    assert.ok(Date.now() - started < 2_000);
  });

  it('is answered 409 when the run activates the tenant before the cancel reaches it', async () => {
    const { operation } = await rig.provisioning();
    rig.fake.onCancel = () => rig.projection.enterPhase(operation, 'ACTIVATE', attemptOf('ACTIVATE'));
    const { status, body } = await rig.post(`/tenants/${operation.tenantId}/provisioning/cancel`);
    assert.deepEqual([status, body.code], [409, 'MATIH-TENANT-3008']);
    assert.match(body.detail, /delete the tenant instead/);
  });

  it('is answered 409 when the provisioning fails before the cancel reaches it', async () => {
    const { operation } = await rig.provisioning();
    rig.fake.onCancel = async () => void await rig.projection.closeOperation(operation, { status: 'FAILED', failureReason: 'for good' });
    const { status, body } = await rig.post(`/tenants/${operation.tenantId}/provisioning/cancel`);
    assert.deepEqual([status, body.code], [409, 'MATIH-TENANT-3008']);
  });

  it('is accepted when nothing shows in time', async () => {
    const { operation } = await rig.provisioning();
    rig.fake.onCancel = async () => undefined;
    assert.equal((await rig.post(`/tenants/${operation.tenantId}/provisioning/cancel`)).status, 202);
  });

  it('is answered as the first time after a crash, when the tenant is gone', async () => {
    const { operation, run } = await rig.provisioning();
    const key = randomUUID();
    await runPhases(rig.projection, operation, ['VALIDATE']);
    rig.fake.onCancel = async () => {
      run.status = 'CANCELLED';
      await rig.projection.closeOperation(operation, { status: 'CANCELLED', removesTenant: true });
    };
    const path = `/tenants/${operation.tenantId}/provisioning/cancel`;
    const first = await rig.post(path, { key });
    assert.equal(first.status, 202, JSON.stringify(first.body));
    await rig.crashedBeforeAnswer(key);
    const again = await rig.post(path, { key });
    assert.deepEqual([again.status, again.body], [202, first.body]);
    assert.equal((await rig.post(path)).status, 410);
  });
});
