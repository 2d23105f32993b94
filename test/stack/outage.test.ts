import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { namespaceOf, workflowIdOf } from '../../tenant/names.ts';
import { call, tenantRequest, uniqueSlug, untilStatus, type Answer } from '../support/api.ts';
import { cluster } from '../support/cluster.ts';
import { query } from '../support/database.ts';
import { freePort } from '../support/postgres.ts';
import { startOwnService, type OwnService } from '../support/service.ts';
import { withTemporal } from '../support/temporal.ts';
import { until } from '../support/until.ts';

/** Longest time to any answer. */
const ANSWER_MS = 5_000;

const slug = uniqueSlug('outage');
const key = randomUUID();

const post = async ({ api }: OwnService): Promise<Answer> => {
  const started = Date.now();
  const answer = await call('/tenants', { body: tenantRequest(slug), headers: { 'x-idempotency-key': key }, api });
  assert.ok(Date.now() - started <= ANSWER_MS, `answered after ${Date.now() - started} ms`);
  return answer;
};

const assertAway = (answer: Answer, code: string): void => {
  assert.equal(answer.status, 503);
  assert.equal(answer.headers.get('content-type')?.split(';')[0], 'application/problem+json');
  assert.ok(Number(answer.headers.get('retry-after')) > 0, 'says when to try again');
  assert.equal(answer.body['code'], code);
};

const runs = (): Promise<number> => withTemporal(async ({ workflow }) => (await workflow.count(`WorkflowId = '${workflowIdOf(slug)}'`)).count);

const assertNothingBegun = async (): Promise<void> => {
  const [row] = await query<{ count: number }>('controlPlane', `
    SELECT ((SELECT count(*) FROM tenants WHERE slug = $1) + (SELECT count(*) FROM tenant_requests WHERE slug = $1)
      + (SELECT count(*) FROM tenant_operations WHERE slug = $1) + (SELECT count(*) FROM idempotency_keys WHERE idempotency_key = $2 AND status IS NOT NULL))::int AS count`, [slug, key]);
  assert.equal(row?.count, 0);
  assert.equal(await runs(), 0);
  assert.equal(await cluster().get('v1', 'Namespace', namespaceOf(slug)), undefined);
};

describe('a part of the platform that is away', function () {
  this.timeout(240_000);
  const services: OwnService[] = [];
  const start = async (settings: Record<string, string> = {}): Promise<OwnService> => {
    const service = await startOwnService(slug, settings, { waitFor: Object.keys(settings).length > 0 ? 'healthz' : 'readyz' });
    services.push(service);
    return service;
  };
  after(() => Promise.all(services.map((service) => service.stop())));

  it('Temporal: a creation is answered with 503, and nothing has begun', async () => {
    const service = await start({ TEMPORAL_ADDRESS: `127.0.0.1:${await freePort()}` });
    assertAway(await post(service), 'MATIH-TENANT-5003');
    await assertNothingBegun();
  });

  it('PostgreSQL: a creation is answered with 503, and nothing has begun', async () => {
    const service = await start({ DATABASE_URL: `postgresql://tenant_service:x@127.0.0.1:${await freePort()}/control_plane` });
    assertAway(await post(service), 'MATIH-TENANT-5002');
    await assertNothingBegun();
  });

  it('every worker: the same request is accepted, QUEUED, and done when a worker comes', async () => {
    const service = await start();
    const accepted = await post(service);
    assert.equal(accepted.status, 202, JSON.stringify(accepted.body));
    const id = accepted.body['id'] as string;
    assert.equal(accepted.body['status'], 'QUEUED');
    assert.equal(accepted.headers.get('location'), `/api/v1/tenants/${id}`);

    assert.equal((await call(`/tenants/${id}`, { api: service.api })).body['status'], 'QUEUED');
    const status = (await call(`/tenants/${id}/provisioning/status`, { api: service.api })).body;
    assert.deepEqual([status['status'], status['tenantStatus'], status['percent']], ['QUEUED', 'QUEUED', 0]);
    assert.deepEqual((await post(service)).body, accepted.body);

    await service.startWorker();
    const done = await untilStatus(id, ({ status: state }) => state === 'COMPLETED' || state === 'FAILED', 120, service.api);
    assert.equal(done['status'], 'COMPLETED', JSON.stringify(done));
    await until('ACTIVE', async () => (await call(`/tenants/${id}`, { api: service.api })).body['status'] === 'ACTIVE');
    assert.equal(await runs(), 1);
  });
});
