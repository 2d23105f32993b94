import assert from 'node:assert/strict';
import { SECRETS, namespaceOf } from '../../tenant/names.ts';
import { call, tenantRequest, uniqueSlug, untilStatus } from '../support/api.ts';
import { cluster, type ClusterObject } from '../support/cluster.ts';
import { assertEffectsOnce } from '../support/effects.ts';
import { startOwnService, type OwnService } from '../support/service.ts';
import { fault, ledger } from '../support/stand-ins.ts';
import { pastActivities, historyOf, withTemporal } from '../support/temporal.ts';
import { until } from '../support/until.ts';

type Status = Record<string, any>;

const ended = ({ status }: Status): boolean => status === 'COMPLETED' || status === 'FAILED';
const phaseOf = (status: Status, phase: string): Status => (status['phases'] as Status[]).find((each) => each['phase'] === phase) as Status;

describe('a service that is not healthy', function () {
  this.timeout(240_000);
  let service: OwnService;
  before(async () => {
    service = await startOwnService(uniqueSlug('verify'));
    // The mission's 30 s, twice, would be a minute of waiting.
    await service.startWorker({ HEALTH_CHECK_TIMEOUT_SECONDS: '3' });
  });
  after(() => service.stop());

  const create = async (slug: string): Promise<string> =>
    (await call('/tenants', { body: tenantRequest(slug), api: service.api })).body['id'] as string;
  const retry = async (id: string): Promise<Status> => {
    const answer = await call(`/tenants/${id}/provisioning/retry`, { method: 'POST', api: service.api });
    assert.equal(answer.status, 202, JSON.stringify(answer.body));
    await until('the retry at work or done', async () => !['FAILED'].includes((await call(`/tenants/${id}`, { api: service.api })).body['status']));
    return untilStatus(id, ended, 90, service.api);
  };

  const assertFailedNaming = async (id: string, failed: Status, unhealthy: string): Promise<void> => {
    assert.equal(failed['status'], 'FAILED');
    assert.equal(failed['currentPhase'], 'VERIFY');
    assert.match(failed['failureReason'], new RegExp(`^${unhealthy} failed its health check: `));
    assert.equal(failed['failureReason'].includes(';'), false, 'no other service is named');
    assert.equal(phaseOf(failed, 'VERIFY')['state'], 'FAILED');
    assert.equal((await call(`/tenants/${id}`, { api: service.api })).body['status'], 'FAILED');
  };

  const writes = async (id: string): Promise<number> =>
    (await Promise.all((['iam', 'config', 'notification', 'infrastructure', 'azureDns'] as const).map((standIn) => ledger(standIn, id)))).flat().length;
  const signingKey = async (slug: string): Promise<string> =>
    (await cluster().get('v1', 'Secret', SECRETS.jwt, namespaceOf(slug)))?.['data']['signing-key'];

  it('fails VERIFY, which names it; a retry goes on from there and repeats nothing', async () => {
    const slug = uniqueSlug('sick');
    const cure = await fault('clusterProxy', { match: { tenantId: slug, path: '//bi-service\\.' }, kind: 'error', status: 503 });
    const id = await create(slug);
    const failed = await untilStatus(id, ended, 120, service.api);
    await assertFailedNaming(id, failed, 'bi-service');
    assert.equal(phaseOf(failed, 'VERIFY')['attempt'], 2);

    const [before, key] = [await writes(id), await signingKey(slug)];
    await cure();
    const done = await retry(id);
    assert.equal(done['status'], 'COMPLETED');
    assert.equal(done['retryCount'], 1);
    assert.equal((await call(`/tenants/${id}`, { api: service.api })).body['status'], 'ACTIVE');
    // The admin, the registration and the welcome: the writes of ACTIVATE, which had not run before.
    assert.equal(await writes(id) - before, 3, 'nothing but ACTIVATE wrote');
    assert.equal(await signingKey(slug), key);
    await assertEffectsOnce(id, slug);
    const ran = await withTemporal(async (client) => pastActivities(await historyOf(client, `tenant-${slug}`)).map(({ activityId }) => activityId));
    assert.deepEqual(ran, ['VALIDATE', 'VERIFY', 'ACTIVATE']);
  });

  it('is found by the real readiness of its Deployment', async () => {
    const slug = uniqueSlug('unready');
    const namespace = namespaceOf(slug);
    const { api, get, list } = cluster();
    const id = await create(slug);
    // CONFIGURE is held up until the Deployment, ready when DEPLOY_SERVICES ended, has become unready.
    const release = await fault('config', { match: { tenantId: id }, kind: 'error', status: 503 });
    await untilStatus(id, ({ phases }) => phaseOf({ phases }, 'CONFIGURE')['state'] === 'RUNNING', 90, service.api);

    const setReady = async (ready: 'True' | 'False'): Promise<void> => {
      const pod = (await list('v1', 'Pod', namespace)).find(({ metadata }) => metadata?.labels?.['app.kubernetes.io/name'] === 'render-service') as ClusterObject;
      const conditions = (pod['status'].conditions as { type: string }[]).map((condition) =>
        (['Ready', 'ContainersReady'].includes(condition.type) ? { ...condition, status: ready } : condition));
      await api.send({
        method: 'PATCH' as never, action: 'patch', subresource: 'status', contentType: 'application/merge-patch+json',
        object: { apiVersion: 'v1', kind: 'Pod', metadata: { name: pod.metadata?.name ?? '', namespace } }, body: { status: { conditions } },
      });
      const available = ready === 'True' ? 1 : 0;
      await until(`render-service has ${available} available pods`, async () =>
        ((await get('apps/v1', 'Deployment', 'render-service', namespace))?.['status'].availableReplicas ?? 0) === available);
    };
    await setReady('False');
    await release();
    await assertFailedNaming(id, await untilStatus(id, ended, 120, service.api), 'render-service');

    await setReady('True');
    assert.equal((await retry(id))['status'], 'COMPLETED');
    await assertEffectsOnce(id, slug);
  });
});
