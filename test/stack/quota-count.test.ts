import assert from 'node:assert/strict';
import { HttpMethod } from '@kubernetes/client-node';
import { namespaceOf } from '../../tenant/names.ts';
import { uniqueSlug, untilStatus } from '../support/api.ts';
import { cluster, type ClusterObject } from '../support/cluster.ts';
import { createQueued } from '../support/creation.ts';
import { HOLDS } from '../support/causes.ts';
import { startOwnService, type OwnService } from '../support/service.ts';
import { until } from '../support/until.ts';

const QUOTA = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'tenant-quota' } };

describe('a load balancer that a killed helm had asked for and that was not made', function () {
  this.timeout(120_000);
  let service: OwnService;
  before(async () => { service = await startOwnService(uniqueSlug('count')); });
  after(() => service.stop());

  /** The quota is charged before an object is stored, and the charge of a request that broke off stays until the quota's next full count. */
  const charge = async (namespace: string): Promise<void> => {
    const { api, get } = cluster();
    const object: ClusterObject = { ...QUOTA, metadata: { ...QUOTA.metadata, namespace } };
    const counted = await until('the quota\'s first count', async () => {
      const quota = await get('v1', 'ResourceQuota', QUOTA.metadata.name, namespace);
      return quota?.['status']?.used?.['services.loadbalancers'] !== undefined && quota;
    });
    assert.equal(counted['status'].used['services.loadbalancers'], '0');
    const body = { status: { used: { 'services.loadbalancers': '1' } } };
    await api.send({ method: HttpMethod.PATCH, action: 'patch', object, subresource: 'status', body, contentType: 'application/merge-patch+json' });
  };

  it('does not keep the tenant from its own, though the quota still counts it', async () => {
    const slug = uniqueSlug('count');
    const id = await createQueued(slug, service.api);
    const letGo = await HOLDS.DEPLOY_DATABASES!({ id, slug });
    await service.startWorker();
    await untilStatus(id, ({ currentPhase }) => currentPhase === 'DEPLOY_DATABASES', 60, service.api);
    await charge(namespaceOf(slug));
    await letGo();
    const end = await untilStatus(id, ({ status }) => status === 'COMPLETED' || status === 'FAILED', 90, service.api);
    assert.equal(end['status'], 'COMPLETED', end['failureReason']);
  });
});
