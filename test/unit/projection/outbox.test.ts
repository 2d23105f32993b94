import { strict as assert } from 'node:assert';
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { deliverMessages } from '../../../activities/outbox.ts';
import type { Connectors } from '../../../connectors/connectors.ts';
import { tell, type Outbox } from '../../../projection/outbox.ts';
import type { Projection } from '../../../projection/interface.ts';
import { TenantError } from '../../../tenant/errors.ts';
import type { Channel, Message } from '../../../tenant/messages.ts';
import { activeTenant, createdTenant, runOf, withProjection } from '../../support/projection-fixture.ts';

describe('the outbox', () => {
  let pool: pg.Pool;
  let projection: Projection;
  withProjection((given) => ({ pool, projection } = given));

  const message = (tenantId: string, channel: Channel, key: string, body: Record<string, unknown> = { key }): Message =>
    ({ channel, key: `${tenantId}:${key}`, tenantId, runId: 'run', body: { ...body, time: new Date(0).toISOString() } });

  /** Receivers that note what they get; `refuse` decides what they throw. */
  const receivers = (refuse: (channel: Channel, body: Record<string, unknown>) => Error | undefined = () => undefined) => {
    const got: [Channel, unknown][] = [];
    const take = (channel: Channel) => async (body: unknown): Promise<never> => {
      const error = refuse(channel, body as Record<string, unknown>);
      if (error) throw error;
      got.push([channel, (body as Record<string, unknown>)['key']]);
      return {} as never;
    };
    const connectors = { events: { publish: take('EVENT') }, audit: { record: take('AUDIT') }, notifications: { send: take('NOTIFICATION') } };
    return { got, dependencies: { connectors: connectors as unknown as Connectors, projection } };
  };
  const dueNow = (tenantId: string) => pool.query('UPDATE outbox SET next_try_at = clock_timestamp() WHERE tenant_id = $1', [tenantId]);

  it('delivers the messages of a tenant in the order in which they were written, each once', async () => {
    const tenantId = randomUUID();
    await tell(pool, ['one', 'two', 'three'].map((key) => message(tenantId, 'EVENT', key)));
    const { got, dependencies } = receivers();
    await Promise.all([deliverMessages(dependencies, tenantId), deliverMessages(dependencies, tenantId)]);
    await deliverMessages(dependencies, tenantId);
    assert.deepEqual(got, [['EVENT', 'one'], ['EVENT', 'two'], ['EVENT', 'three']]);
  });

  it('keeps a message as it was first written when a repeated change writes it again', async () => {
    const tenantId = randomUUID();
    await tell(pool, [message(tenantId, 'AUDIT', 'same', { key: 'first' })]);
    const { got, dependencies } = receivers();
    await tell(pool, [message(tenantId, 'AUDIT', 'same', { key: 'second' })]);
    await deliverMessages(dependencies, tenantId);
    await tell(pool, [message(tenantId, 'AUDIT', 'same', { key: 'third' })]);
    await deliverMessages(dependencies, tenantId);
    assert.deepEqual(got, [['AUDIT', 'first']]);
  });

  it('holds later events back while their broker is unavailable, but no other channel and no other tenant', async () => {
    const [tenantId, other] = [randomUUID(), randomUUID()];
    await tell(pool, [message(tenantId, 'EVENT', 'one'), message(tenantId, 'EVENT', 'two'), message(tenantId, 'AUDIT', 'record'), message(other, 'EVENT', 'other')]);
    let away = true;
    const { got, dependencies } = receivers((channel, { key }) => away && channel === 'EVENT' && key === 'one' ? new TenantError('UNAVAILABLE', 'away') : undefined);
    await deliverMessages(dependencies, tenantId);
    await deliverMessages(dependencies, other);
    assert.deepEqual(got, [['AUDIT', 'record'], ['EVENT', 'other']]);
    assert.equal(await projection.outbox.waiting(tenantId), 2);
    away = false;
    await dueNow(tenantId);
    await deliverMessages(dependencies, tenantId);
    assert.deepEqual(got.slice(2), [['EVENT', 'one'], ['EVENT', 'two']]);
  });

  it('reaches every tenant, however many others have messages that cannot be delivered now', async () => {
    const stuck = Array.from({ length: 110 }, () => randomUUID());
    await tell(pool, stuck.map((tenantId) => message(tenantId, 'NOTIFICATION', 'stuck')));
    await pool.query(`UPDATE outbox SET next_try_at = clock_timestamp() + interval '1 minute' WHERE key LIKE '%:stuck'`);
    const last = 'ffffffff-ffff-4fff-bfff-ffffffffffff';
    await tell(pool, [message(last, 'EVENT', 'last')]);
    const { got, dependencies } = receivers();
    await deliverMessages(dependencies);
    assert.ok(got.some(([, key]) => key === 'last'));
  });

  it('ends its round when nothing can be delivered, also while messages keep falling due', async () => {
    const { dependencies: { connectors } } = receivers(() => new TenantError('UNAVAILABLE', 'away'));
    let claims = 0;
    const outbox: Outbox = {
      ...projection.outbox, failed: async () => undefined,
      claim: async () => ++claims > 3 ? assert.fail('it goes on') : [{ ...message(randomUUID(), 'EVENT', 'due'), id: '1' }],
    };
    assert.equal(await deliverMessages({ connectors, projection: { outbox } }), 0);
    assert.equal(claims, 1);
  });

  it('gives up on a message that its receiver refuses, says why, and goes on with the next one', async () => {
    const tenantId = randomUUID();
    await tell(pool, [message(tenantId, 'NOTIFICATION', 'suppressed'), message(tenantId, 'NOTIFICATION', 'next')]);
    const { got, dependencies } = receivers((_channel, { key }) => key === 'suppressed' ? new TenantError('INVALID_REQUEST', 'the recipient is on the suppression list') : undefined);
    await deliverMessages(dependencies, tenantId);
    assert.deepEqual(got, [['NOTIFICATION', 'next']]);
    const { rows: [row] } = await pool.query('SELECT last_error FROM outbox WHERE key = $1 AND refused_at IS NOT NULL', [`${tenantId}:suppressed`]);
    assert.match(row.last_error, /suppression list/);
  });

  const told = async (tenantId: string) =>
    (await pool.query<{ told: string }>(`SELECT channel || ' ' || coalesce(body->>'type', body->>'eventType') AS told FROM outbox WHERE tenant_id = $1 ORDER BY id`, [tenantId]))
      .rows.map((row) => row.told);

  it('tells of a provisioning that failed, but not of one whose tenant is ACTIVE', async () => {
    const failing = await createdTenant(projection);
    await projection.closeOperation(failing, { status: 'FAILED', failureReason: 'no address' });
    await projection.closeOperation(failing, { status: 'FAILED', failureReason: 'no address' });
    assert.deepEqual(await told(failing.tenantId), ['EVENT TENANT_PROVISIONING_FAILED', 'AUDIT TENANT_PROVISIONING_FAILED']);
    const { rows } = await pool.query(`SELECT body->'data'->>'operationId' AS id FROM outbox WHERE tenant_id = $1 AND channel = 'EVENT'`, [failing.tenantId]);
    assert.deepEqual(rows, [{ id: failing.operationId }]);

    const active = await createdTenant(projection);
    await projection.updateTenant(active, { status: 'ACTIVE' });
    await projection.closeOperation(active, { status: 'FAILED', failureReason: 'terminated' });
    assert.deepEqual(await told(active.tenantId), ['AUDIT TENANT_PROVISIONING_FAILED']);
  });

  it('writes the messages of a change in the transaction of the change, or not at all', async () => {
    const { tenantId } = await activeTenant(projection);
    const operation = await projection.admit(runOf(tenantId, 'SUSPENSION'));
    const written = message(tenantId, 'EVENT', 'suspended', { key: 'suspended', type: 'TENANT_SUSPENDED' });
    await assert.rejects(projection.updateTenant(operation, { status: 'FAILED' }, () => [written]));
    assert.deepEqual(await told(tenantId), []);
    await projection.updateTenant(operation, { status: 'SUSPENDED' }, () => [written]);
    assert.deepEqual(await told(tenantId), ['EVENT TENANT_SUSPENDED']);
  });
});
