import assert from 'node:assert/strict';
import { databaseRoleOf, namespaceOf, SECRETS } from '../../tenant/names.ts';
import { OPERATION_STEPS } from '../../tenant/steps.ts';
import { call, provision, tenantRequest, uniqueSlug } from '../support/api.ts';
import { cluster, refusedPods } from '../support/cluster.ts';
import { queryAt, tenantDatabaseUrl } from '../support/database.ts';
import { eventsOf } from '../support/events.ts';
import { untilEnded } from '../support/operations.ts';
import { addUsers } from '../support/platform.ts';
import { startOwnService } from '../support/service.ts';
import { ledger } from '../support/stand-ins.ts';
import { assertTier, changeTier, refusedTier } from '../support/tier.ts';
import { until } from '../support/until.ts';

/** Ten pods beside the services, more than Free has room for. */
const extraPods = (namespace: string) => ({
  apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'by-hand', namespace },
  spec: {
    replicas: 10, selector: { matchLabels: { app: 'by-hand' } },
    template: {
      metadata: { labels: { app: 'by-hand' } },
      spec: {
        securityContext: { runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: 'RuntimeDefault' } },
        containers: [{ name: 'main', image: 'registry.example/by-hand:1', securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } } }],
      },
    },
  },
});

describe('a change of tier', () => {
  const slug = uniqueSlug('tier');
  const namespace = namespaceOf(slug);
  let id: string;

  before(async () => {
    ({ id } = await provision(tenantRequest(slug)));
  });

  const announcements = async () => (await eventsOf(id)).map(({ event }) => event).filter((event) => String(event['type']).includes('TIER_CHANGED'));

  it('upwards gives the tenant the room, the replicas and the features of the new tier', async () => {
    const operation = await changeTier(id, 'PROFESSIONAL');
    assert.equal(operation['status'], 'COMPLETED', JSON.stringify(operation));
    assert.deepEqual(operation['phases'].map(({ phase }: { phase: string }) => phase), OPERATION_STEPS.TIER_CHANGE);
    await assertTier(id, slug, 'PROFESSIONAL');
  });

  it('is announced by one event, one notification and one audit record', async () => {
    const [event, ...others] = await announcements();
    assert.deepEqual(others, []);
    assert.deepEqual([event?.['data'].previousTier, event?.['data'].tier, event?.['data'].quota], ['FREE', 'PROFESSIONAL', { cpu: '8', memory: '16Gi', pods: 50 }]);
    assert.equal((await ledger('notification', id)).filter(({ body }) => (body as { templateKey: string }).templateKey === 'tenant-tier-changed').length, 1);
    assert.equal((await ledger('audit', id)).filter(({ body }) => (body as { eventType: string }).eventType === 'TENANT_TIER_CHANGED').length, 1);
  });

  it('downwards is refused with everything that does not fit, and touches nothing', async () => {
    const removeUsers = await addUsers(id, slug, 5);
    await cluster().api.create(extraPods(namespace));
    await until('the pods by hand', async () => (await cluster().get('apps/v1', 'Deployment', 'by-hand', namespace))?.['status'].readyReplicas === 10);

    const refusal = await refusedTier(id, 'FREE');
    const reason = /6 users, and 5 are allowed.*cores of CPU.*of memory.*29 pods, and 20 pods are allowed/;
    assert.match(refusal['detail'], reason);
    assert.deepEqual(refusal['violations'].map(({ field, code }: { field: string; code: string }) => `${field} ${code}`), Array(4).fill('tier DOES_NOT_FIT'));

    const { body: operation } = await call(`/operations/${refusal['operation'].runId}`);
    assert.equal(operation['status'], 'FAILED', 'who is refused may ask again at once');
    assert.match(operation['failureReason'], reason);
    const check = operation['phases'][0];
    assert.deepEqual([check.phase, check.state, check.lastError.class, check.lastError.mover], ['CHECK_FIT', 'FAILED', 'INVALID_REQUEST', 'user']);
    assert.ok(operation['phases'].slice(1).every(({ state }: { state: string }) => state === 'PENDING'));
    await assertTier(id, slug, 'PROFESSIONAL');

    await removeUsers();
    await cluster().api.delete(extraPods(namespace));
    await until('no pods by hand', async () => (await cluster().list('v1', 'Pod', namespace)).every(({ metadata }) => metadata?.labels?.['app'] !== 'by-hand'));
  });

  it('downwards is done once the tenant fits, though no worker was there to say so when it was asked for', async () => {
    const service = await startOwnService(uniqueSlug('tier'), { VERDICT_DEADLINE_MS: '500' });
    try {
      const { status, body } = await call(`/tenants/${id}/tier`, { method: 'PUT', body: { tier: 'FREE' }, api: service.api });
      assert.equal(status, 202, JSON.stringify(body));
      await service.startWorker();
      const operation = await untilEnded(body['operation'].runId, { api: service.api, seconds: 180 });
      assert.equal(operation['status'], 'COMPLETED', JSON.stringify(operation));
    } finally {
      await service.stop();
    }
    await assertTier(id, slug, 'FREE');
  });

  it('into Enterprise takes a quota of the tenant\'s own', async () => {
    const quota = { cpu: '12', memory: '32Gi', pods: 60 };
    const operation = await changeTier(id, 'ENTERPRISE', quota);
    assert.equal(operation['status'], 'COMPLETED', JSON.stringify(operation));
    await assertTier(id, slug, 'ENTERPRISE', quota);
  });

  it('to the tier the tenant has brings everything back to it, and is not announced', async () => {
    const before = (await announcements()).length;
    await cluster().api.patch({ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'tenant-quota', namespace }, spec: { hard: { pods: '61' } } } as never);
    await cluster().api.delete({ apiVersion: 'v1', kind: 'Secret', metadata: { name: SECRETS.database, namespace } });
    await cluster().api.delete({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'render-service', namespace } });
    assert.equal((await changeTier(id, 'ENTERPRISE', { cpu: '12', memory: '32Gi', pods: 60 }))['status'], 'COMPLETED');
    await assertTier(id, slug, 'ENTERPRISE', { cpu: '12', memory: '32Gi', pods: 60 });
    assert.equal((await announcements()).length, before);
    assert.deepEqual(await queryAt(await tenantDatabaseUrl(slug), 'SELECT current_user AS role'), [{ role: databaseRoleOf(slug) }], 'the new password is the role\'s');
    const started = (await cluster().list('v1', 'Pod', namespace)).map(({ metadata }) => metadata?.annotations?.['matih.io/secrets-renewed-by']);
    assert.ok(started.length > 15 && started.every(Boolean), 'every pod was started after the Secret');
  });

  it('never had a pod refused by a quota', async () => assert.deepEqual(await refusedPods(namespace), []));

  for (const [body, violations] of [
    [{ tier: 'ENTERPRISE' }, ['quota QUOTA_REQUIRED']],
    [{ tier: 'FREE', quota: { cpu: '8', memory: '16Gi', pods: 50 } }, ['quota QUOTA_NOT_ALLOWED']],
    [{ tier: 'ENTERPRISE', quota: { cpu: '7', memory: '15Gi', pods: 49 } }, ['quota.cpu QUOTA_TOO_SMALL', 'quota.memory QUOTA_TOO_SMALL', 'quota.pods QUOTA_TOO_SMALL']],
    [{ tier: 'GOLD', colour: 1 }, ['tier INVALID', 'colour UNKNOWN_FIELD']],
  ] as const) {
    it(`is refused at once as ${JSON.stringify(body)}`, async () => {
      const answer = await call(`/tenants/${id}/tier`, { method: 'PUT', body });
      assert.equal(answer.status, 400);
      assert.deepEqual(answer.body['violations'].map(({ field, code }: { field: string; code: string }) => `${field} ${code}`), violations);
    });
  }
});
