import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { ApiRig } from '../../support/api-rig.ts';
import { until } from '../../support/until.ts';

describe('a tenant whose lock a frozen process holds', () => {
  const rig = new ApiRig();
  let frozen: pg.Client;
  let tenantId: string;

  before(async () => {
    ({ tenantId } = await rig.active());
    frozen = new pg.Client({ connectionString: rig.database.runtimeUrl });
    await frozen.connect();
    await frozen.query('BEGIN');
    await frozen.query('SELECT pg_advisory_xact_lock(hashtextextended($1::text, 0))', [tenantId]);
  });

  const waiting = async (): Promise<number> =>
    (await rig.pool.query(`SELECT 1 FROM pg_stat_activity WHERE wait_event = 'advisory'`)).rowCount ?? 0;
  const patch = (id: string) => rig.send(`/tenants/${id}`, { method: 'PATCH', body: { settings: { note: 'x' } } });

  it('affects neither other tenants nor readiness under any number of calls, and leaves no backend behind', async () => {
    const { tenantId: other } = await rig.active();
    const calls = Promise.all(Array.from({ length: 40 }, () => patch(tenantId)));
    await sleep(300);
    const [list, another, ready] = await Promise.all([rig.send('/tenants?size=1'), patch(other), fetch(`${rig.api.url}/readyz`).then((response) => response.json())]);
    assert.deepEqual([list.status, another.status, (ready as { checks: { postgres: { status: string } } }).checks.postgres.status], [200, 200, 'UP']);
    const replies = await calls;
    const busy = replies.filter(({ status }) => status === 429);
    const away = replies.filter(({ status }) => status === 503);
    // On a busy machine a call may come only when the first ones have given up.
    assert.equal(busy.length + away.length, 40);
    assert.ok(away.length >= 8 && away.length <= 24, `${away.length} calls waited for the lock`);
    assert.deepEqual([busy[0]!.body.code, busy[0]!.headers.get('retry-after'), away[0]!.body.code], ['MATIH-TENANT-3013', '1', 'MATIH-TENANT-5002']);
    assert.doesNotMatch(away[0]!.body.detail, /nothing was/);
    await until('no backend waits any more', async () => await waiting() === 0, { seconds: 5 });
  });

  it('can be changed again as soon as the lock is free', async () => {
    await frozen.end();
    assert.equal((await patch(tenantId)).status, 200);
  });

  it('keeps an idle connection longer than a load balancer does', async () => {
    const { headers } = await rig.send('/tenants?size=1');
    assert.equal(headers.get('keep-alive'), 'timeout=65');
  });
});
