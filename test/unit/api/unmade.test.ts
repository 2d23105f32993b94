import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { ApplicationFailure, TerminatedFailure } from '@temporalio/common';
import { ENDED_OUTSIDE } from '../../../projection/operation-end.ts';
import { requestTenant } from '../../../projection/requests.ts';
import { ApiRig } from '../../support/api-rig.ts';
import { creationRequest, createdTenant, runOf } from '../../support/projection-fixture.ts';

const failure = (type: string, message: string): Error => ApplicationFailure.create({ type, message });

describe('creations that made no tenant', () => {
  const rig = new ApiRig();

  /** A creation that was accepted, and whose run ended without a row. */
  const ended = async (overrides: object): Promise<{ id: string; runId: string; slug: string }> => {
    const { slug, name } = creationRequest();
    const requestId = randomUUID();
    const { tenantId: id } = await requestTenant(rig.pool, { slug, name, actor: 'someone', requestId });
    const { runId } = rig.run(slug, { kind: 'PROVISIONING', memo: { tenantId: id, tenantSlug: slug, requestId }, status: 'FAILED', ...overrides });
    return { id, runId, slug };
  };

  const refusal = { result: 'REFUSED', violations: [{ field: 'region', code: 'REGION_UNAVAILABLE', message: 'is not available' }] };
  for (const [title, overrides, status, reason] of [
    ['that were given up', { failure: failure('UNAVAILABLE', 'the database was away') }, 'FAILED', 'the database was away'],
    ['that were refused late', { status: 'COMPLETED', result: refusal }, 'REFUSED', 'region is not available'],
    ['that were terminated', { status: 'TERMINATED', failure: new TerminatedFailure('by an operator') }, 'FAILED', ENDED_OUTSIDE],
  ] as const) {
    it(`tell why: those ${title}`, async () => {
      const { id, runId } = await ended(overrides);
      const tenant = await rig.send(`/tenants/${id}`);
      assert.deepEqual([tenant.status, tenant.body.code, tenant.body.operation], [404, 'MATIH-TENANT-3001', { kind: 'PROVISIONING', status, runId }]);
      assert.ok(tenant.body.detail.endsWith(reason), tenant.body.detail);
      const progress = await rig.send(`/tenants/${id}/provisioning/status`);
      assert.deepEqual([progress.status, progress.body.status, progress.body.failureReason, progress.body.operation.runId], [200, 'FAILED', reason, runId]);
      const operation = await rig.send(`/operations/${runId}`);
      assert.deepEqual([operation.body.status, operation.body.failureReason], [status, reason]);
    });
  }

  it('tell why from the row that their run has left, also when their slug has another run by now', async () => {
    const { id, runId, slug } = await ended({});
    await rig.pool.query(
      `INSERT INTO tenant_operations (run_id, tenant_id, seq, operation_id, kind, actor, workflow_id, original_run_id, slug, current_phase, status, failure_reason, ended_at)
       VALUES ($1, $2, 1, gen_random_uuid(), 'PROVISIONING', 'someone', $3, $1, $4, 'VALIDATE', 'FAILED', 'the database was away', clock_timestamp())`,
      [runId, id, `tenant-${slug}`, slug]);
    rig.run(slug, { kind: 'PROVISIONING', memo: { tenantId: randomUUID(), tenantSlug: slug } });
    assert.match((await rig.send(`/tenants/${id}`)).body.detail, /ended FAILED: the database was away$/);
    const { body } = await rig.send(`/tenants/${id}/provisioning/status`);
    assert.deepEqual([body.status, body.failureReason, body.operation.actor], ['FAILED', 'the database was away', 'someone']);
    assert.equal((await rig.send(`/tenants/${id}/operations`)).body.pagination.total, 1);
  });

  it('that a cancel removed are gone', async () => {
    const operation = await createdTenant(rig.projection, creationRequest(), runOf(randomUUID(), 'PROVISIONING'));
    await rig.projection.closeOperation(operation, { status: 'CANCELLED', removesTenant: true });
    assert.equal((await rig.send(`/tenants/${operation.tenantId}`)).status, 410);
  });
});

describe('an operation that was never admitted', () => {
  const rig = new ApiRig();

  for (const [title, overrides, status, reason] of [
    ['was refused', { failure: failure('CONFLICT', 'SUSPENSION is not legal') }, 'REFUSED', 'SUSPENSION is not legal'],
    ['failed', { failure: failure('UNAVAILABLE', 'the database was away') }, 'FAILED', 'the database was away'],
  ] as const) {
    it(`tells that it ${title}, in the words of its own failure`, async () => {
      const { tenantId, tenant: { slug } } = await rig.active();
      const { runId } = rig.run(slug, { kind: 'SUSPENSION', memo: { tenantId, tenantSlug: slug }, status: 'FAILED', ...overrides });
      const { body } = await rig.send(`/operations/${runId}`);
      assert.deepEqual([body.status, body.failureReason], [status, reason]);
    });
  }
});
