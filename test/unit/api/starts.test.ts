import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { OPERATION_STEPS } from '../../../tenant/steps.ts';
import { ApiRig } from '../../support/api-rig.ts';
import { creationRequest, runOf, runPhases } from '../../support/projection-fixture.ts';

describe('starts of operations', () => {
  const rig = new ApiRig();
  beforeEach(() => { rig.fake.starts = 'ANSWERED'; });

  it('tell the run the id of the request', async () => {
    const { tenantId, tenant: { slug } } = await rig.active();
    const { status, body } = await rig.post(`/tenants/${tenantId}/suspend`);
    const run = rig.newest(slug);
    assert.deepEqual([status, body.operation.runId], [202, run.runId]);
    assert.match(run.memo['requestId'] as string, /^[0-9a-f-]{36}$/);
    assert.equal(run.input['requestId'], run.memo['requestId']);
  });

  it('whose answer is lost are found by the request, and answered 202', async () => {
    const { tenantId, tenant: { slug } } = await rig.active();
    rig.fake.starts = 'LOST';
    const { status, body } = await rig.post(`/tenants/${tenantId}/suspend`);
    assert.deepEqual([status, body.operation?.runId], [202, rig.newest(slug).runId]);
  });

  it('that did not happen are answered 503, without a claim that nothing was changed', async () => {
    const { tenantId, tenant: { slug } } = await rig.active();
    rig.run(slug, { kind: 'SUSPENSION', memo: { tenantId, tenantSlug: slug, requestId: randomUUID() }, status: 'COMPLETED' });
    rig.fake.starts = 'REFUSED';
    const { status, body } = await rig.post(`/tenants/${tenantId}/suspend`);
    assert.deepEqual([status, body.code], [503, 'MATIH-TENANT-5005']);
    assert.doesNotMatch(body.detail, /nothing was/);
  });

  it('of a tier change that Temporal never took are not answered with an older change', async () => {
    const { tenantId, tenant: { slug } } = await rig.active();
    rig.run(slug, { kind: 'TIER_CHANGE', memo: { tenantId, tenantSlug: slug }, status: 'COMPLETED' });
    rig.fake.starts = 'REFUSED';
    const { status, body } = await rig.send(`/tenants/${tenantId}/tier`, { method: 'PUT', body: { tier: 'PROFESSIONAL' } });
    assert.deepEqual([status, body.code], [503, 'MATIH-TENANT-5005']);
  });

  it('of a tier change are accepted with their own run, when it gets no verdict in time or its answer is lost', async () => {
    for (const starts of ['ANSWERED', 'LOST'] as const) {
      const { tenantId, tenant: { slug } } = await rig.active();
      rig.fake.starts = starts;
      const { status, body } = await rig.send(`/tenants/${tenantId}/tier`, { method: 'PUT', body: { tier: 'PROFESSIONAL' } });
      assert.deepEqual([status, body.operation?.runId], [202, rig.newest(slug).runId], starts);
    }
  });

  it('are answered with the first run again after a crash before the answer was kept', async () => {
    const { tenantId, tenant: { slug } } = await rig.active();
    const key = randomUUID();
    const first = await rig.post(`/tenants/${tenantId}/suspend`, { key });
    await rig.crashedBeforeAnswer(key);
    const queued = await rig.post(`/tenants/${tenantId}/suspend`, { key });
    assert.deepEqual([queued.status, queued.body], [202, first.body]);

    // By then it is over, and another operation is the newest.
    await rig.crashedBeforeAnswer(key);
    const run = rig.newest(slug);
    run.status = 'COMPLETED';
    const requestId = run.input['requestId'] as string;
    const operation = await rig.projection.admit(runOf(tenantId, 'SUSPENSION', { runId: run.runId, originalRunId: run.runId, workflowId: run.workflowId, requestId }));
    await runPhases(rig.projection, operation, OPERATION_STEPS.SUSPENSION);
    rig.run(slug, { kind: 'RECONFIGURATION', memo: { tenantId, tenantSlug: slug } });
    const later = await rig.post(`/tenants/${tenantId}/suspend`, { key });
    assert.deepEqual([later.status, later.body], [202, first.body]);
    assert.equal(rig.fake.runs.filter((candidate) => candidate.memo['tenantId'] === tenantId && candidate.kind === 'SUSPENSION').length, 1);
  });

  it('that met a busy tenant are tried anew with the same key', async () => {
    const { tenantId, tenant: { slug } } = await rig.active();
    const other = rig.run(slug, { kind: 'RECONFIGURATION', memo: { tenantId, tenantSlug: slug } });
    const key = randomUUID();
    const busy = await rig.post(`/tenants/${tenantId}/suspend`, { key });
    assert.deepEqual([busy.status, busy.body.code], [409, 'MATIH-TENANT-3005']);
    other.status = 'COMPLETED';
    assert.equal((await rig.post(`/tenants/${tenantId}/suspend`, { key })).status, 202);
  });

  it('stand when their answer cannot be kept', async () => {
    const { tenantId } = await rig.active();
    const key = randomUUID();
    const locker = await rig.pool.connect();
    try {
      await locker.query('BEGIN');
      rig.fake.onStart = async () => void await locker.query('SELECT 1 FROM idempotency_keys WHERE idempotency_key = $1 FOR UPDATE', [key]);
      const { status, body } = await rig.post(`/tenants/${tenantId}/suspend`, { key });
      assert.deepEqual([status, body.operation?.kind], [202, 'SUSPENSION'], JSON.stringify(body));
    } finally {
      rig.fake.onStart = async () => undefined;
      await locker.query('ROLLBACK');
      locker.release();
    }
    await rig.crashedBeforeAnswer(key);
    assert.equal((await rig.post(`/tenants/${tenantId}/suspend`, { key })).status, 202);
  });

  describe('of creations', () => {
    const accept = () => { rig.fake.verdict = async () => ({ accepted: true }); };
    const bodyOf = (slug: string) => creationRequest({ slug, name: `Tenant ${slug}`, adminEmail: `admin@${slug}.example` });
    const fresh = () => `t${randomUUID().slice(0, 8)}`;

    it('with a key that was used more than a day ago are new ones', async () => {
      accept();
      const key = randomUUID();
      const [old, other] = [fresh(), fresh()];
      const first = await rig.post('/tenants', { body: bodyOf(old), key });
      await rig.pool.query('DELETE FROM idempotency_keys WHERE idempotency_key = $1', [key]);
      const second = await rig.post('/tenants', { body: bodyOf(other), key });
      assert.deepEqual([first.status, second.status, second.body.slug], [202, 202, other]);
      assert.notEqual(second.body.id, first.body.id);
      assert.equal(rig.newest(other).memo['tenantId'], second.body.id);
    });

    it('are the same for a body whose members come in another order', async () => {
      accept();
      const key = randomUUID();
      const body = { ...bodyOf(fresh()), configuration: { aiModel: 'a', queryTimeoutSeconds: 5 } };
      const first = await rig.post('/tenants', { body, key });
      const turned = Object.fromEntries(Object.entries(body).toReversed().map(([name, value]) =>
        [name, typeof value === 'object' ? Object.fromEntries(Object.entries(value).toReversed()) : value]));
      const again = await rig.post('/tenants', { body: turned, key });
      assert.deepEqual([again.status, JSON.stringify(again.body)], [202, JSON.stringify(first.body)]);
    });

    it('are found again after a crash, with and without a worker', async () => {
      const key = randomUUID();
      const slug = fresh();
      rig.fake.starts = 'LOST';
      const first = await rig.post('/tenants', { body: bodyOf(slug), key });
      assert.deepEqual([first.status, first.body.status], [202, 'QUEUED']);
      rig.fake.starts = 'ANSWERED';
      await rig.crashedBeforeAnswer(key);
      const queued = await rig.post('/tenants', { body: bodyOf(slug), key });
      assert.deepEqual([queued.status, queued.body.id], [202, first.body.id]);

      const run = rig.newest(slug);
      const admitted = await rig.projection.admitCreation(
        runOf(first.body.id, 'PROVISIONING', { runId: run.runId, originalRunId: run.runId, workflowId: run.workflowId }), bodyOf(slug), 'dev');
      assert.ok('operation' in admitted);
      run.status = 'FAILED';
      await rig.crashedBeforeAnswer(key);
      const later = await rig.post('/tenants', { body: bodyOf(slug), key });
      assert.deepEqual([later.status, later.body.id, later.body.status], [202, first.body.id, 'PROVISIONING']);
      assert.equal(rig.fake.runs.filter(({ workflowId }) => workflowId === run.workflowId).length, 1);
    });

    it('that meet another run of their slug leave nothing behind', async () => {
      const slug = fresh();
      rig.run(slug, { kind: 'PROVISIONING', memo: { tenantId: randomUUID(), tenantSlug: slug } });
      const { status, body } = await rig.post('/tenants', { body: bodyOf(slug) });
      assert.deepEqual([status, body.code], [409, 'MATIH-TENANT-3005']);
      assert.equal((await rig.pool.query('SELECT 1 FROM tenant_requests WHERE slug = $1', [slug])).rowCount, 0);
    });
  });
});

describe('text that no database keeps', () => {
  const rig = new ApiRig();

  for (const [title, path, body] of [
    ['NUL in a field\'s name', '/tenants', '{"a\\u0000b":1}'],
    ['half a surrogate pair in a field\'s name', '/tenants', '{"\\ud83d":1}'],
    ['NUL in a tenant\'s id', '/tenants/a%00b/suspend', undefined],
  ] as const) {
    it(`is answered alike with and without an idempotency key: ${title}`, async () => {
      const plain = await rig.post(path, { body });
      assert.equal(plain.status, body ? 400 : 404);
      const key = randomUUID();
      const [first, again] = [await rig.post(path, { body, key }), await rig.post(path, { body, key })];
      const { requestId: _, ...rest } = plain.body;
      for (const reply of [first, again]) {
        const { requestId: __, ...same } = reply.body;
        assert.deepEqual([reply.status, same], [plain.status, rest]);
      }
    });
  }
});
