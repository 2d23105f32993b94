import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { AdmittedOperation, Projection } from '../../../projection/interface.ts';
import { tell } from '../../../projection/outbox.ts';
import { findRequest, requestTenant } from '../../../projection/requests.ts';
import { blankRemovedTenants, forgetTheGone } from '../../../projection/retention.ts';
import type { DeletionCertificate } from '../../../tenant/deletion-certificate.ts';
import { mayBeRemoved } from '../../../tenant/lifecycle.ts';
import { activeTenant, createdTenant, runOf, runPhases, withProjection } from '../../support/projection-fixture.ts';

describe('retention', () => {
  let pool: pg.Pool;
  let projection: Projection;
  withProjection((given) => { ({ pool, projection } = given); });

  const age = (tenantId: string, interval: string) =>
    pool.query(`UPDATE tenant_operations SET ended_at = ended_at - $2::interval, last_updated_at = last_updated_at - $2::interval WHERE tenant_id = $1`, [tenantId, interval]);
  const removedTenants = async (tenantId: string) =>
    (await pool.query<{ removed: object | null }>('SELECT removed_tenant AS removed FROM tenant_operations WHERE tenant_id = $1 ORDER BY seq', [tenantId])).rows.map(({ removed }) => removed);
  const operationsOf = async (tenantId: string) => (await pool.query('SELECT 1 FROM tenant_operations WHERE tenant_id = $1', [tenantId])).rowCount;

  /** A deletion that has removed its tenant, after a first try that failed; `complete` ends it. */
  const deletion = async () => {
    const { tenantId, tenant } = await activeTenant(projection);
    const runId = randomUUID();
    await projection.deletions.open({ originalRunId: runId, tenantId, slug: tenant.slug, requestedBy: 'admin', approver: null, graceMinutes: 0, tries: 5, confirmationMinutes: 5 });
    await projection.deletions.decide(runId, { runId, number: 1, requestId: undefined, admin: 'admin', sender: 'admin' });
    const first = await projection.admit(runOf(tenantId, 'DELETION'));
    await projection.deletions.certify(first, { tenantId } as unknown as DeletionCertificate);
    await projection.closeOperation(first, { status: 'FAILED', failureReason: 'for good' });
    const complete = async (): Promise<AdmittedOperation> => {
      const second = await projection.admit(runOf(tenantId, 'DELETION'));
      await runPhases(projection, second, ['PUBLISH_DELETED']);
      return second;
    };
    return { tenantId, tenant, complete };
  };

  it('keeps a removed tenant whole while its removal can be taken up again, and then what finds its namespace', async () => {
    const { tenantId, tenant, complete } = await deletion();
    await age(tenantId, '2 minutes');
    await blankRemovedTenants(pool);
    assert.equal((await removedTenants(tenantId)).filter((removed) => removed && 'adminEmail' in removed).length, 1);

    await complete();
    await blankRemovedTenants(pool);
    assert.equal((await removedTenants(tenantId)).filter((removed) => removed && 'adminEmail' in removed).length, 2, 'for a minute');
    await age(tenantId, '2 minutes');
    assert.equal(await blankRemovedTenants(pool), 2);
    assert.equal(await blankRemovedTenants(pool), 0);
    for (const removed of (await removedTenants(tenantId)).filter((each) => each !== null)) {
      assert.deepEqual(Object.keys(removed).toSorted(), ['activatedAt', 'createdAt', 'id', 'namespace', 'slug', 'status', 'updatedAt']);
      assert.deepEqual([(removed as typeof tenant).id, (removed as typeof tenant).slug, (removed as typeof tenant).namespace], [tenantId, tenant.slug, tenant.namespace]);
    }
  });

  it('leaves what a late repetition of a rollback\'s last step is judged by', async () => {
    const { tenantId, ...creation } = await createdTenant(projection);
    await projection.closeOperation({ tenantId, ...creation }, { status: 'FAILED' });
    const rollback = await projection.admit(runOf(tenantId, 'ROLLBACK'));
    await projection.removeTenant(rollback);
    await runPhases(projection, rollback, ['REMOVE_TENANT']);
    await age(tenantId, '2 minutes');
    await blankRemovedTenants(pool);
    const { kind, tenant } = await projection.admit(rollback);
    assert.ok(!('adminEmail' in tenant));
    assert.ok(mayBeRemoved(kind, tenant));
  });

  it('forgets operations and deletion requests of tenants long gone, never the certificate', async () => {
    const [old, young, unfinished] = [await deletion(), await deletion(), await deletion()];
    await old.complete();
    await young.complete();
    await age(old.tenantId, '91 days');
    await age(young.tenantId, '89 days');
    await age(unfinished.tenantId, '91 days');
    const living = await activeTenant(projection);
    await age(living.tenantId, '91 days');

    const { operations, deletionRequests } = await forgetTheGone(pool, 90);
    assert.deepEqual([operations, deletionRequests], [3, 1]);
    assert.equal(await operationsOf(old.tenantId), 0);
    for (const { tenantId } of [young, unfinished, living]) assert.notEqual(await operationsOf(tenantId), 0);
    assert.equal((await pool.query('SELECT 1 FROM deletion_confirmations JOIN deletion_requests USING (original_run_id) WHERE tenant_id = $1', [young.tenantId])).rowCount, 1);
    assert.ok(await projection.deletions.certificate(old.tenantId));
  });

  it('forgets creations that made no tenant, not those of living ones', async () => {
    const request = (slug: string) => requestTenant(pool, { slug, name: slug, actor: 'someone', requestId: randomUUID() });
    const [never, fresh, made] = [await request('never'), await request('fresh'), await request('made')];
    await createdTenant(projection, undefined, runOf(made.tenantId, 'PROVISIONING'));
    await pool.query(`UPDATE tenant_requests SET created_at = created_at - interval '91 days' WHERE slug <> 'fresh'`);
    assert.equal((await forgetTheGone(pool, 90)).requests, 1);
    assert.equal(await findRequest(pool, never.tenantId), null);
    assert.ok(await findRequest(pool, fresh.tenantId));
    assert.ok(await findRequest(pool, made.tenantId));
  });

  it('forgets messages a month after they were delivered or refused, and no other', async () => {
    const keys = ['delivered', 'refused', 'fresh', 'open'];
    await tell(pool, keys.map((key) => ({ channel: 'EVENT', key, tenantId: randomUUID(), runId: 'a run', body: {} })));
    await pool.query(`UPDATE outbox SET created_at = created_at - interval '40 days'`);
    await pool.query(`UPDATE outbox SET delivered_at = clock_timestamp() - interval '31 days' WHERE key = 'delivered'`);
    await pool.query(`UPDATE outbox SET refused_at = clock_timestamp() - interval '31 days' WHERE key = 'refused'`);
    await pool.query(`UPDATE outbox SET delivered_at = clock_timestamp() - interval '29 days' WHERE key = 'fresh'`);
    assert.equal((await forgetTheGone(pool, 90)).messages, 2);
    const { rows } = await pool.query<{ key: string }>('SELECT key FROM outbox WHERE key = ANY ($1) ORDER BY key', [keys]);
    assert.deepEqual(rows.map(({ key }) => key), ['fresh', 'open']);
  });
});
