import assert from 'node:assert/strict';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { clusterFinds } from '../../../activities/deletion/cluster-finds.ts';
import { assertOwnNamespace, enterToTearDown, type TeardownNamespace } from '../../../activities/owned-namespace.ts';
import type { Kubernetes } from '../../../connectors/kubernetes/interface.ts';
import { TenantError } from '../../../tenant/errors.ts';
import { labelsOf } from '../../../tenant/labels.ts';
import { ingressClassOf } from '../../../tenant/names.ts';
import type { Holdings } from '../../../tenant/ownership.ts';
import { FastCluster } from '../../support/fast-cluster.ts';
import { aTenant } from '../../support/tenant.ts';

const TENANT = aTenant();
const RECORDED: Holdings = { namespace: 'uid-1', ingressClass: ingressClassOf(TENANT.slug) };
const LABELS = labelsOf(TENANT);
const { 'matih.io/tenant-id': _mark, ...UNMARKED } = LABELS;
const FOREIGN = { ...LABELS, 'matih.io/tenant-id': 'another' };

const namespace = (labels: Record<string, string>, more: object = {}) =>
  ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: TENANT.namespace, labels, ...more } });
const ingressClass = (labels: Record<string, string>) =>
  ({ apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass', metadata: { name: ingressClassOf(TENANT.slug), labels } });
const volume = (name: string, claimNamespace: string) => ({
  apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name }, status: { phase: 'Released' },
  spec: { claimRef: { namespace: claimNamespace }, persistentVolumeReclaimPolicy: 'Retain' },
});

const clusterWith = async (...manifests: Parameters<Kubernetes['create']>[0][]): Promise<Kubernetes> => {
  const { kubernetes } = new FastCluster();
  for (const manifest of manifests) await kubernetes.create(manifest);
  return kubernetes;
};
const enter = (kubernetes: Kubernetes, holdings: Holdings = RECORDED): Promise<TeardownNamespace> => new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') })
  .run(() => enterToTearDown(kubernetes, { ...TENANT, holdings }, { CONTROL_PLANE_NAMESPACE: 'matih-control-plane' }));

describe('a teardown that comes to the tenant\'s namespace', () => {
  it('enters one that is the tenant\'s, also where the binding of the service is missing', async () => {
    const kubernetes = await clusterWith(namespace(LABELS));
    assert.equal((await enter(kubernetes)).state, 'entered');
    assert.equal((await kubernetes.list({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', namespace: TENANT.namespace })).length, 1);
  });

  it('finds nothing to enter where it is gone, or on its way out', async () => {
    assert.equal((await enter(await clusterWith())).state, 'absent');
    const deletionTimestamp = new Date();
    assert.equal((await enter(await clusterWith(namespace(LABELS, { deletionTimestamp })))).state, 'terminating');
  });

  it('is in conflict with one that was made for the tenant and has no mark, or another tenant\'s', async () => {
    for (const labels of [UNMARKED, FOREIGN, { ...LABELS, 'matih.io/managed-by': 'helm' }, {}]) {
      const kubernetes = await clusterWith(namespace(labels));
      await assert.rejects(enter(kubernetes), { failureClass: 'CONFLICT', message: new RegExp(`namespace ${TENANT.namespace}`) });
      await assert.rejects(assertOwnNamespace(kubernetes, TENANT), { failureClass: 'CONFLICT' });
    }
  });

  it('leaves one alone that never was the tenant\'s', async () => {
    assert.equal((await enter(await clusterWith(namespace(UNMARKED)), {})).state, 'foreign');
  });

  it('is not ready while the API server does not let it in', async () => {
    const kubernetes = await clusterWith(namespace(LABELS));
    kubernetes.create = async () => { throw new TenantError('UNAUTHORIZED', 'Kubernetes: forbidden'); };
    await assert.rejects(enter(kubernetes), { failureClass: 'NOT_READY' });
  });
});

describe('the residue of a tenant in the cluster', () => {
  const finds = async (holdings: Holdings, ...manifests: Parameters<typeof clusterWith>): Promise<string[]> =>
    (await clusterFinds(await clusterWith(...manifests), { ...TENANT, holdings })).map(({ what, ownership, isRecorded }) => `${what} ${ownership} ${isRecorded}`);

  it('is found by label and by name, each thing once', async () => {
    assert.deepEqual(await finds(RECORDED), []);
    const named = [`Namespace ${TENANT.namespace}`, `IngressClass ${ingressClassOf(TENANT.slug)}`];
    assert.deepEqual(await finds(RECORDED, namespace(LABELS), ingressClass(LABELS)), named.map((name) => `${name} own true`));
    assert.deepEqual(await finds(RECORDED, namespace(UNMARKED), ingressClass(FOREIGN)), named.map((name) => `${name} foreign true`));
    assert.deepEqual(await finds({}, namespace(UNMARKED)), [`${named[0]} foreign false`]);
    const renamed = { ...namespace(LABELS), metadata: { name: 'matih-data-plane-before', labels: LABELS } };
    assert.deepEqual(await finds(RECORDED, renamed), ['Namespace matih-data-plane-before own true']);
  });

  it('includes the volumes that were claimed in its namespace', async () => {
    const volumes = [volume('kept', TENANT.namespace), volume('of-another', 'matih-data-plane-globex')];
    assert.deepEqual(await finds(RECORDED, ...volumes), ['PersistentVolume kept (Released, reclaim policy Retain) own true']);
    assert.deepEqual(await finds({}, ...volumes), []);
  });
});
