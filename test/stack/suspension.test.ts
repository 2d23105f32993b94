import assert from 'node:assert/strict';
import { HttpMethod, PatchStrategy } from '@kubernetes/client-node';
import { DATABASES } from '../../tenant/catalogue.ts';
import { namespaceOf, schemaOf } from '../../tenant/names.ts';
import { OPERATION_STEPS } from '../../tenant/steps.ts';
import { token } from '../support/api-fixture.ts';
import { call, provision, tenantRequest, uniqueSlug } from '../support/api.ts';
import { cluster } from '../support/cluster.ts';
import { query } from '../support/database.ts';
import { resolveThroughDelegation } from '../support/dns.ts';
import { endpoints, serviceEnvironment } from '../support/endpoints.ts';
import { eventsOf } from '../support/events.ts';
import { operate, untilEnded } from '../support/operations.ts';
import { startOwnService, type OwnProcess, type OwnService } from '../support/service.ts';
import { fault, ledger } from '../support/stand-ins.ts';
import { until } from '../support/until.ts';
import { addByHand, workloadsOf } from '../support/workloads.ts';

const REPLICAS = 'matih.io/replicas-before-suspension';

/** A token of a tenant's own admin, and the IAM's knowledge that it is out. */
const logIn = async (tenantId: string): Promise<string> => {
  const { JWT_SECRET = '', SERVICE_JWT_SECRET = '' } = serviceEnvironment();
  const now = Math.floor(Date.now() / 1000);
  const { status } = await fetch(`${endpoints().standIns.iam}/_tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${await token({ type: 'service', secret: SERVICE_JWT_SECRET })}` },
    body: JSON.stringify({ tenantId, jti: crypto.randomUUID(), issuedAt: new Date(now * 1000), expiresAt: new Date((now + 900) * 1000) }),
  });
  assert.equal(status, 201);
  return token({ roles: ['tenant_admin'], tenantId, secret: JWT_SECRET, issuedAt: now });
};

/** Scales an unused service to zero, as the owner of a tenant may do. */
const switchOff = async (name: string, namespace: string): Promise<void> => {
  const { api, get } = cluster();
  await api.send({
    method: HttpMethod.PATCH, action: 'patch', object: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace } }, subresource: 'scale',
    body: { spec: { replicas: 0 } }, contentType: PatchStrategy.MergePatch,
  });
  await until(`the end of the pods of ${name}`, async () => !(await get('apps/v1', 'Deployment', name, namespace))?.['status'].replicas);
};

const statusOf = async (id: string): Promise<string> => (await call(`/tenants/${id}`)).body['status'] as string;
const typesOf = async (id: string): Promise<string[]> => (await eventsOf(id)).map(({ event }) => event['type'] as string);
const phase = (operation: Record<string, any>, name: string) => operation['phases'].find((one: { phase: string }) => one.phase === name);

describe('a tenant that is suspended and reactivated', function () {
  this.timeout(240_000);
  const slug = uniqueSlug('susp');
  const namespace = namespaceOf(slug);
  const kubernetes = cluster();
  let id: string;
  let original: Awaited<ReturnType<typeof workloadsOf>>;
  let oldToken: string;
  let suspension: Record<string, any>;

  before(async () => {
    ({ id } = await provision(tenantRequest(slug)));
    await addByHand(namespace);
    await until('the autoscaler has scaled and the Job runs', async () =>
      (await kubernetes.get('apps/v1', 'Deployment', 'by-hand-worker', namespace))?.['status'].availableReplicas === 2
      && (await kubernetes.get('batch/v1', 'Job', 'by-hand-import', namespace))?.['status'].active === 1);
    await switchOff('ml-service', namespace);
    original = await workloadsOf(namespace);
    oldToken = await logIn(id);
    assert.equal((await call(`/tenants/${id}`, { token: oldToken })).status, 200);
    suspension = await operate(id, 'suspend');
  });

  it('is SUSPENDED by five completed steps', async () => {
    assert.equal(suspension['status'], 'COMPLETED', JSON.stringify(suspension));
    assert.deepEqual(suspension['phases'].map(({ phase: name }: { phase: string }) => name), OPERATION_STEPS.SUSPENSION);
    assert.equal(await statusOf(id), 'SUSPENDED');
    const [registered] = (await ledger('infrastructure', id)).slice(-1);
    assert.equal(registered && (registered.body as { status: string }).status, 'SUSPENDED');
  });

  it('has no pods, remembers its replicas on each object, and its schedules rest', async () => {
    assert.deepEqual((await kubernetes.list('v1', 'Pod', namespace)).map(({ metadata }) => metadata?.name), []);
    const now = await workloadsOf(namespace);
    assert.deepEqual(Object.keys(now), Object.keys(original));
    for (const [name, { spec, annotations }] of Object.entries(now)) {
      const { replicas } = original[name]!.spec;
      if (replicas === undefined) continue;
      assert.equal(spec.replicas, 0, name);
      assert.equal(annotations[REPLICAS], replicas === 0 ? undefined : String(replicas), name);
    }
    for (const name of ['CronJob/by-hand-nightly', 'CronJob/by-hand-retired', 'Job/by-hand-import']) assert.equal(now[name]?.spec.suspend, true, name);
    await until('the autoscaler has disabled itself', async () => {
      const autoscaler = await kubernetes.get('autoscaling/v2', 'HorizontalPodAutoscaler', 'by-hand-worker', namespace);
      return autoscaler?.['status'].conditions.some(({ type, reason }: { type: string; reason: string }) => type === 'ScalingActive' && reason === 'ScalingDisabled');
    });
  });

  it('keeps its data, its releases, its zone and its certificate', async () => {
    const schemas = DATABASES.map((database) => schemaOf(slug, database));
    assert.equal((await query('dataPlane', 'SELECT 1 FROM pg_namespace WHERE nspname = ANY ($1)', [schemas])).length, schemas.length);
    const releases = (await kubernetes.list('v1', 'Secret', namespace)).filter(({ metadata }) => metadata?.labels?.['owner'] === 'helm');
    assert.equal(releases.length, 15);
    assert.ok((await resolveThroughDelegation(`${slug}.matih.ai`, 'A')).answer.answers.length > 0);
    assert.equal((await kubernetes.list('cert-manager.io/v1', 'Certificate', namespace)).length, 1);
  });

  it('has no good token left, at the IAM and at our own API', async () => {
    assert.equal((await call(`/tenants/${id}`, { token: oldToken })).status, 401);
    const [row] = await query<{ revoked: number }>('controlPlane',
      `SELECT (phase_outputs -> 'REVOKE_TOKENS' ->> 'revoked')::int AS revoked FROM tenant_operations WHERE run_id = $1`, [suspension['runId']]);
    assert.equal(row?.revoked, 1);
  });

  it('was announced once: event, audit record, notification', async () => {
    assert.deepEqual((await typesOf(id)).filter((type) => type === 'TENANT_SUSPENDED').length, 1);
    const audited = JSON.stringify(await ledger('audit', id));
    assert.match(audited, /TENANT_SUSPENDED/);
    const notifications = (await ledger('notification', id)).map(({ body }) => body as { templateKey: string; recipient: string });
    assert.deepEqual(notifications.filter(({ templateKey }) => templateKey === 'tenant-suspended').map(({ recipient }) => recipient), [`admin@${slug}.example`]);
  });

  it('is not suspended again: 409 with the state and what is legal', async () => {
    const { status, body } = await call(`/tenants/${id}/suspend`, { method: 'POST' });
    assert.equal(status, 409);
    assert.equal(body['code'], 'MATIH-TENANT-3006');
    assert.deepEqual([body['tenantStatus'], body['legal']], ['SUSPENDED', ['REACTIVATION', 'DELETION']]);
  });

  it('comes back with every spec as it was, is healthy but for the service that was off before, and lets its users in again', async () => {
    const reactivation = await operate(id, 'activate');
    assert.equal(reactivation['status'], 'COMPLETED', JSON.stringify(reactivation));
    assert.ok(phase(reactivation, 'VERIFY').endedAt <= phase(reactivation, 'MARK_ACTIVE').startedAt);
    assert.equal(await statusOf(id), 'ACTIVE');
    assert.deepEqual(await workloadsOf(namespace), original);
    const types = await typesOf(id);
    assert.equal(types.filter((type) => type === 'TENANT_ACTIVATED').length, 1);
    assert.equal(types.at(-1), 'TENANT_ACTIVATED');
    assert.match(JSON.stringify(await ledger('notification', id)), /tenant-reactivated/);
    assert.equal((await call(`/tenants/${id}`, { token: oldToken })).status, 401);
    assert.equal((await call(`/tenants/${id}`, { token: await logIn(id) })).status, 200);
    assert.deepEqual((await call(`/tenants/${id}/activate`, { method: 'POST' })).body['legal'], ['SUSPENSION', 'TIER_CHANGE', 'RECONFIGURATION', 'DELETION']);
  });
});

describe('a suspension or reactivation that goes wrong', function () {
  this.timeout(240_000);
  const kubernetes = cluster();
  let service: OwnService;
  let worker: OwnProcess;

  before(async () => {
    service = await startOwnService(uniqueSlug('suspension-queue'), { POD_TERMINATION_TIMEOUT_SECONDS: '3', HEALTH_CHECK_TIMEOUT_SECONDS: '2' });
    worker = await service.startWorker();
  });
  after(() => service.stop());

  it('killed while it scales down, it loses nothing', async () => {
    const { api } = service;
    const slug = uniqueSlug('killed');
    const namespace = namespaceOf(slug);
    const { id } = await provision(tenantRequest(slug), api);
    const original = await workloadsOf(namespace);
    const { body } = await call(`/tenants/${id}/suspend`, { method: 'POST', api });
    await until('the first replicas are remembered', async () =>
      (await kubernetes.list('apps/v1', 'Deployment', namespace)).some(({ metadata }) => metadata?.annotations?.[REPLICAS]), { intervalMs: 10 });
    await worker.kill('SIGKILL');
    worker = await service.startWorker();

    assert.equal((await untilEnded(body['operation'].runId, { api }))['status'], 'COMPLETED');
    assert.deepEqual((await kubernetes.list('v1', 'Pod', namespace)).length, 0);
    assert.equal((await operate(id, 'activate', { api }))['status'], 'COMPLETED');
    assert.deepEqual(await workloadsOf(namespace), original);
  });

  it('leaves the tenant SUSPENDED with the reason, and goes on where it stopped when it is repeated', async () => {
    const { api } = service;
    const slug = uniqueSlug('stuck');
    const namespace = namespaceOf(slug);
    const { id } = await provision(tenantRequest(slug), api);
    const original = await workloadsOf(namespace);
    const [held] = await kubernetes.list('v1', 'Pod', namespace);
    const holding = (finalizers: string[]) => kubernetes.api.patch({ apiVersion: 'v1', kind: 'Pod', metadata: { name: held?.metadata?.name ?? '', namespace, finalizers } },
      undefined, undefined, undefined, undefined, PatchStrategy.MergePatch);
    await holding(['test.matih.io/held']);

    const { body } = await call(`/tenants/${id}/suspend`, { method: 'POST', api });
    const busy = await call(`/tenants/${id}/activate`, { method: 'POST', api });
    assert.equal(busy.status, 409);
    assert.deepEqual([busy.body['code'], busy.body['operation'].kind, busy.body['operation'].runId], ['MATIH-TENANT-3005', 'SUSPENSION', body['operation'].runId]);
    const failed = await untilEnded(body['operation'].runId, { api });
    assert.equal(failed['status'], 'FAILED');
    assert.match(failed['failureReason'], new RegExp(`pod ${held?.metadata?.name} of ReplicaSet \\S+ was told to end \\d+ s ago and is held by test.matih.io/held`));
    assert.equal(await statusOf(id), 'SUSPENDED');
    assert.deepEqual((await typesOf(id)).filter((type) => type === 'TENANT_SUSPENDED'), ['TENANT_SUSPENDED'], 'the status is committed, so it is told');

    await holding([]);
    const repeated = await operate(id, 'suspend', { api });
    assert.equal(repeated['status'], 'COMPLETED');
    assert.equal(repeated['operationId'], failed['operationId']);
    assert.equal(phase(repeated, 'MARK_SUSPENDED').endedAt, phase(failed, 'MARK_SUSPENDED').endedAt);

    const mend = await fault('clusterProxy', { match: { path: `ai-service\\.${namespace}\\.` }, kind: 'error', status: 503 });
    const unhealthy = await operate(id, 'activate', { api });
    assert.equal(unhealthy['status'], 'FAILED');
    assert.match(unhealthy['failureReason'], /ai-service failed its health check/);
    assert.equal(await statusOf(id), 'SUSPENDED');
    assert.deepEqual((await kubernetes.list('v1', 'Pod', namespace)).length, 0, 'nothing of a SUSPENDED tenant runs');
    await mend();
    const healthy = await operate(id, 'activate', { api });
    assert.equal(healthy['status'], 'COMPLETED');
    assert.equal(await statusOf(id), 'ACTIVE');
    assert.deepEqual(await workloadsOf(namespace), original);
  });
});
