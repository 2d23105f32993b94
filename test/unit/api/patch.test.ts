import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { ApiRig } from '../../support/api-rig.ts';
import { creationRequest, runOf } from '../../support/projection-fixture.ts';

describe('a new name of a tenant', () => {
  const rig = new ApiRig();
  beforeEach(() => { rig.fake.starts = 'ANSWERED'; });
  const patch = (id: string, body: unknown, key?: string) => rig.send(`/tenants/${id}`, { method: 'PATCH', body, ...(key !== undefined && { key }) });
  const newName = () => `Renamed ${randomUUID().slice(0, 8)}`;
  const nameOf = async (id: string): Promise<string> => (await rig.send(`/tenants/${id}`)).body.name;

  it('is carried to the dashboard\'s title by a reconfiguration with the configuration as it is', async () => {
    const { tenantId, tenant: { slug } } = await rig.active(creationRequest({ configuration: { aiModel: 'mine', branding: { primaryColor: '#0055aa' } } }));
    const name = newName();
    const { status, body } = await patch(tenantId, { name });
    const run = rig.newest(slug);
    assert.deepEqual([status, body.name, body.operation.kind, body.operation.runId], [200, name, 'RECONFIGURATION', run.runId]);
    assert.deepEqual(run.input['configuration'], { aiModel: 'mine', branding: { primaryColor: '#0055aa' } });
  });

  it('needs no operation where the title is the tenant\'s own, nor do settings', async () => {
    const { tenantId, tenant: { slug } } = await rig.active(creationRequest({ configuration: { branding: { title: 'Ours' } } }));
    const { tenantId: other, tenant: { slug: otherSlug } } = await rig.active();
    const renamed = await patch(tenantId, { name: newName() });
    const noted = await patch(other, { settings: { note: 'x' } });
    assert.deepEqual([renamed.status, renamed.body.operation, noted.status, noted.body.operation], [200, undefined, 200, undefined]);
    assert.deepEqual(rig.fake.runs.filter(({ workflowId }) => workflowId === `tenant-${slug}` || workflowId === `tenant-${otherSlug}`), []);
  });

  it('is refused while another operation runs, and nothing is changed', async () => {
    const { tenantId, tenant: { slug, name } } = await rig.active();
    rig.run(slug, { kind: 'TIER_CHANGE', memo: { tenantId, tenantSlug: slug } });
    const { status, body } = await patch(tenantId, { name: newName() });
    assert.deepEqual([status, body.code, await nameOf(tenantId)], [409, 'MATIH-TENANT-3005', name]);
  });

  it('whose reconfiguration does not start is told to be half done, and a repetition completes it', async () => {
    const { tenantId, tenant: { slug } } = await rig.active();
    const [name, key] = [newName(), randomUUID()];
    rig.fake.starts = 'REFUSED';
    const first = await patch(tenantId, { name }, key);
    assert.deepEqual([first.status, await nameOf(tenantId)], [503, name]);
    assert.match(first.body.detail, /the name is changed/);
    rig.fake.starts = 'ANSWERED';
    const again = await patch(tenantId, { name }, key);
    assert.deepEqual([again.status, again.body.operation?.runId], [200, rig.newest(slug).runId]);
    await rig.crashedBeforeAnswer(key);
    assert.deepEqual((await patch(tenantId, { name }, key)).body.operation, again.body.operation);
  });

  it('that was changed since is not set again by a repetition of the request', async () => {
    const { tenantId, tenant: { slug } } = await rig.active();
    const [key, later] = [randomUUID(), newName()];
    const first = await patch(tenantId, { name: newName() }, key);
    for (const name of [later, undefined]) {
      const run = rig.newest(slug);
      const { runId, workflowId, input } = run;
      const operation = await rig.projection.admit(runOf(tenantId, 'RECONFIGURATION', { runId, originalRunId: runId, workflowId, requestId: String(input['requestId']) }));
      await rig.projection.closeOperation(operation, { status: 'FAILED' });
      run.status = 'FAILED';
      if (name) await patch(tenantId, { name });
    }
    await rig.crashedBeforeAnswer(key);
    const again = await patch(tenantId, { name: first.body.name }, key);
    assert.deepEqual([again.status, again.body.name, again.body.operation], [200, later, first.body.operation]);
    assert.equal(await nameOf(tenantId), later);
  });

  it('is told to be changed also when the database fails before its reconfiguration starts', async () => {
    const { tenantId } = await rig.active();
    const name = newName();
    const other = await rig.pool.connect();
    rig.fake.onDescribe = async () => {
      if (await nameOf(tenantId) !== name) return;
      rig.fake.onDescribe = async () => undefined;
      await other.query('BEGIN');
      await other.query('LOCK TABLE tenant_operations IN ACCESS EXCLUSIVE MODE');
    };
    try {
      const { status, body } = await patch(tenantId, { name });
      assert.equal(status, 503);
      assert.match(body.detail, /the name is changed/);
    } finally {
      rig.fake.onDescribe = async () => undefined;
      await other.query('ROLLBACK');
      other.release();
    }
  });
});
