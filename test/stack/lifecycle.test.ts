import assert from 'node:assert/strict';
import { provision, tenantRequest, uniqueSlug, call } from '../support/api.ts';
import { certificateOf, confirm, requestDeletion, signalByCli, untilDeleted } from '../support/deletions.ts';
import { eventsOf } from '../support/events.ts';
import { operate, untilEnded } from '../support/operations.ts';
import { addUsers } from '../support/platform.ts';
import { refusedTier } from '../support/tier.ts';

/** The life that docs/walk-through.md tells, step by step on one tenant. */
describe('the life of a tenant', function () {
  this.timeout(300_000);
  const slug = uniqueSlug('life');
  let id: string;

  const statusOf = async () => (await call(`/tenants/${id}`)).body['status'];
  const put = async (path: string, body: unknown) => {
    const answer = await call(`/tenants/${id}/${path}`, { method: 'PUT', body });
    assert.equal(answer.status, 202, JSON.stringify(answer.body));
    return untilEnded(answer.body['operation'].runId as string);
  };

  it('begins ACTIVE', async () => {
    ({ id } = await provision(tenantRequest(slug)));
    assert.equal(await statusOf(), 'ACTIVE');
  });

  it('is suspended once, and a second suspension is told what is legal', async () => {
    assert.equal((await operate(id, 'suspend'))['status'], 'COMPLETED');
    assert.equal(await statusOf(), 'SUSPENDED');
    const again = await call(`/tenants/${id}/suspend`, { method: 'POST' });
    assert.equal(again.status, 409);
    assert.equal(again.body['tenantStatus'], 'SUSPENDED');
    assert.deepEqual(again.body['legal'], ['REACTIVATION', 'DELETION']);
  });

  it('is reactivated', async () => {
    assert.equal((await operate(id, 'activate'))['status'], 'COMPLETED');
    assert.equal(await statusOf(), 'ACTIVE');
  });

  it('takes a new name', async () => {
    const { status, body } = await call(`/tenants/${id}`, { method: 'PATCH', body: { name: `Renamed ${slug}` } });
    assert.equal(status, 200, JSON.stringify(body));
    assert.equal((await untilEnded(body['operation'].runId as string))['status'], 'COMPLETED');
  });

  it('goes up a tier', async () => {
    assert.equal((await put('tier', { tier: 'PROFESSIONAL' }))['status'], 'COMPLETED');
    assert.equal((await call(`/tenants/${id}`)).body['tier'], 'PROFESSIONAL');
  });

  it('is not let down again before it fits', async () => {
    const removeUsers = await addUsers(id, slug, 5);
    assert.deepEqual((await refusedTier(id, 'FREE'))['violations'], [{ field: 'tier', code: 'DOES_NOT_FIT', message: 'it has 6 users, and 5 are allowed' }]);
    assert.equal((await call(`/tenants/${id}`)).body['tier'], 'PROFESSIONAL');
    await removeUsers();
    assert.equal((await put('tier', { tier: 'FREE' }))['status'], 'COMPLETED');
    assert.equal((await call(`/tenants/${id}`)).body['tier'], 'FREE');
  });

  it('is reconfigured', async () => {
    assert.equal((await put('configuration', { aiModel: 'claude', queryTimeoutSeconds: 120 }))['status'], 'COMPLETED');
    assert.deepEqual((await call(`/tenants/${id}`)).body['configuration'], { aiModel: 'claude', queryTimeoutSeconds: 120 });
  });

  it('is not deleted by a wrong code', async () => {
    const code = await requestDeletion(id);
    const wrong = await confirm(id, code === 'AAAAAAAAAA' ? 'BBBBBBBBBB' : 'AAAAAAAAAA');
    assert.equal(wrong.status, 403);
    assert.equal(await statusOf(), 'ACTIVE');
    const right = await confirm(id, code);
    assert.equal(right.status, 202, JSON.stringify(right.body));
  });

  it('ends with the right one: the tenant is gone, its certificate stays', async () => {
    assert.equal((await untilDeleted(id))['status'], 'COMPLETED');
    assert.equal((await call(`/tenants/${id}`)).status, 410);
    assert.ok(await certificateOf(id));
  });

  it('was told to the platform in order', async () => {
    assert.deepEqual((await eventsOf(id)).map(({ event }) => event['type']), [
      'TENANT_PROVISIONED', 'TENANT_SUSPENDED', 'TENANT_ACTIVATED', 'TENANT_CONFIGURED', 'TENANT_TIER_CHANGED', 'TENANT_TIER_CHANGED', 'TENANT_CONFIGURED', 'TENANT_DELETED',
    ]);
  });

  it('of another tenant ends by a signal from the Temporal CLI', async () => {
    const other = uniqueSlug('life');
    const { id: otherId } = await provision(tenantRequest(other));
    await signalByCli(otherId, 'confirmDeletion', await requestDeletion(otherId));
    assert.equal((await untilDeleted(otherId))['status'], 'COMPLETED');
    assert.equal((await call(`/tenants/${otherId}`)).status, 410);
  });
});
