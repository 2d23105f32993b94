import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAudit } from '../../../deploy/local/stand-ins/audit.ts';
import { authenticate, serve, type Client } from './support.ts';

const event = (tenantId: string) => ({ tenantId, eventType: 'TESTED', action: 'TEST', success: true });

describe('faults and ledger of a stand-in', () => {
  let client: Client;
  const write = (headers: Record<string, string> = {}) => client.call('POST', '/api/v1/audit/events', event(headers['x-tenant-id'] ?? 'acme'), headers);
  const program = (fault: unknown) => client.call('POST', '/_faults', fault);
  const effects = async (): Promise<number> => (await client.call('GET', '/_ledger')).body['length'];

  beforeEach(async () => {
    client = await serve(createAudit(authenticate), 'acme');
  });
  afterEach(() => client.close());

  it('fails as often as it was told, for the tenant it was told', async () => {
    await program({ match: { tenantId: 'acme' }, kind: 'error', status: 503, times: 2 });
    assert.equal((await write({ 'x-tenant-id': 'acme-ai' })).status, 201);
    assert.deepEqual([(await write()).status, (await write()).status, (await write()).status], [503, 503, 201]);
    assert.equal((await client.call('GET', '/_faults')).body[0].hits, 2);
    assert.equal(await effects(), 2);
  });

  it('throttles with Retry-After', async () => {
    await program({ kind: 'throttle', retryAfterSeconds: 7 });
    const { status, headers } = await write();
    assert.deepEqual([status, headers.get('retry-after')], [429, '7']);
  });

  it('does the work and drops the reply, and the repeat with the same key is no second effect', async () => {
    await program({ match: { method: 'POST' }, kind: 'lost-reply', times: 1 });
    await assert.rejects(write({ 'x-idempotency-key': 'k' }), TypeError);
    assert.equal(await effects(), 1);
    assert.equal((await write({ 'x-idempotency-key': 'k' })).status, 201);
    assert.equal(await effects(), 1);
    assert.equal((await client.call('POST', '/api/v1/audit/events', { ...event('acme'), action: 'OTHER' }, { 'x-idempotency-key': 'k' })).status, 422);
  });

  it('does the work and answers an error', async () => {
    await program({ kind: 'partial', status: 502, times: 1 });
    assert.equal((await write()).status, 502);
    assert.equal(await effects(), 1);
  });

  it('hangs without working until the caller gives up', async () => {
    await program({ kind: 'hang', times: 1 });
    const answered = write().then(() => 'answered', () => 'dropped');
    assert.equal(await Promise.race([answered, sleep(100, 'waiting')]), 'waiting');
    assert.equal(await effects(), 0);
  });

  it('adds latency, fixed or drawn', async () => {
    await program({ kind: 'latency', latencyMs: 60 });
    await program({ kind: 'latency', latencyMs: { min: 20, max: 30 } });
    const start = performance.now();
    assert.equal((await write()).status, 201);
    assert.ok(performance.now() - start >= 79);
    assert.equal((await program({ kind: 'latency', latencyMs: { p50: 1, p99: 5 } })).status, 201);
  });

  it('refuses what is not a fault, and forgets faults one by one or by tenant', async () => {
    assert.equal((await program({ kind: 'explode' })).status, 400);
    assert.equal((await program({ kind: 'error', match: { path: '(' } })).status, 400);
    const first = await program({ kind: 'error', match: { tenantId: 'acme' } });
    await program({ kind: 'error', match: { tenantId: 'other' } });
    await client.call('DELETE', `/_faults/${first.body['id']}`);
    assert.deepEqual((await client.call('GET', '/_faults')).body.map((fault: { match: unknown }) => fault.match), [{ tenantId: 'other' }]);
    await client.call('DELETE', '/_faults?tenantId=acme');
    assert.equal((await client.call('GET', '/_faults')).body['length'], 1);
    await client.call('DELETE', '/_faults');
    assert.equal((await client.call('GET', '/_faults')).body['length'], 0);
  });

  it('reads and clears the ledger by tenant', async () => {
    await write({ 'x-idempotency-key': 'k', 'x-request-id': 'r' });
    await write({ 'x-tenant-id': 'acme-ai' });
    const [entry, ...others] = (await client.call('GET', '/_ledger?tenantId=acme')).body as unknown as Record<string, unknown>[];
    assert.deepEqual(others, []);
    assert.deepEqual([entry?.['method'], entry?.['path'], entry?.['idempotencyKey'], entry?.['requestId'], entry?.['effect'], entry?.['body']],
      ['POST', '/api/v1/audit/events', 'k', 'r', 'created', event('acme')]);
    await client.call('DELETE', '/_ledger?tenantId=acme');
    assert.equal(await effects(), 1);
  });
});
