import assert from 'node:assert/strict';
import { createHelm } from '../../connectors/helm/client.ts';
import { workerSettingsSchema } from '../../settings/worker.ts';
import { namespaceOf, releaseOf } from '../../tenant/names.ts';
import { call, provision, tenantRequest, uniqueSlug } from '../support/api.ts';
import { cluster, refusedPods } from '../support/cluster.ts';
import { serviceEnvironment } from '../support/endpoints.ts';
import { eventsOf } from '../support/events.ts';
import { operate, untilEnded } from '../support/operations.ts';
import { fault } from '../support/stand-ins.ts';
import { withTemporal } from '../support/temporal.ts';
import { assertTier, changeTier } from '../support/tier.ts';
import { until } from '../support/until.ts';

const stateOf = (operation: Record<string, any>, name: string): string =>
  operation['phases'].find(({ phase }: { phase: string }) => phase === name)?.state;

/** Has the cluster refuse one Deployment the labels of a tier, by default the way a quota refuses; returns how to end that. */
const refuseDeployment = async (slug: string, name: string, tier: string, message = 'exceeded quota, says the test'): Promise<() => Promise<void>> => {
  const metadata = { name: `test-${slug}` };
  const policy = {
    apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingAdmissionPolicy', metadata,
    spec: {
      matchConstraints: {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespaceOf(slug) } },
        resourceRules: [{ apiGroups: ['apps'], apiVersions: ['v1'], operations: ['UPDATE'], resources: ['deployments'] }],
      },
      validations: [{
        expression: `object.metadata.name != '${name}' || object.metadata.labels['matih.io/tier'] != '${tier}'`, message,
      }],
    },
  };
  const binding = {
    apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingAdmissionPolicyBinding', metadata,
    spec: { policyName: metadata.name, validationActions: ['Deny'] },
  };
  const { api } = cluster();
  await api.create(policy);
  await api.create(binding);
  const probe = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace: namespaceOf(slug), labels: { 'matih.io/tier': tier } } };
  await until('the policy to be in force', () => api.patch(probe, undefined, 'All').then(() => false as const, () => true));
  return async () => {
    await api.delete(binding);
    await api.delete(policy);
  };
};

describe('a change of tier that does not succeed', () => {
  const slug = uniqueSlug('back');
  let id: string;

  before(async () => {
    ({ id } = await provision(tenantRequest(slug)));
  });

  it('is not legal while the tenant is suspended, and alters replicas after a reactivation', async () => {
    assert.equal((await operate(id, 'suspend'))['status'], 'COMPLETED');
    const refused = await call(`/tenants/${id}/tier`, { method: 'PUT', body: { tier: 'PROFESSIONAL' } });
    assert.equal(refused.status, 409);
    assert.deepEqual(refused.body['legal'], ['REACTIVATION', 'DELETION']);
    assert.equal((await operate(id, 'activate'))['status'], 'COMPLETED');
  });

  it('returns to the old tier when its last change fails', async () => {
    await fault('config', { match: { tenantId: id, method: 'PUT', path: '/feature-flags' }, kind: 'error', status: 400, times: 1 });
    const operation = await changeTier(id, 'PROFESSIONAL');
    assert.equal(operation['status'], 'FAILED');
    assert.deepEqual(['UPGRADE_RELEASES', 'APPLY_FLAGS', 'RETURN_TIER', 'ANNOUNCE_TIER_CHANGE'].map((step) => stateOf(operation, step)),
      ['COMPLETED', 'FAILED', 'COMPLETED', 'PENDING']);
    await assertTier(id, slug, 'FREE');
    const release = await createHelm(workerSettingsSchema.parse(serviceEnvironment())).status(releaseOf(slug, 'query-engine'), namespaceOf(slug));
    assert.match(release?.description ?? '', /^Rollback to \d+$/, 'with the charts of before the change');
    assert.deepEqual((await eventsOf(id)).filter(({ event }) => String(event['type']).includes('TIER_CHANGED')), []);
  });

  it('returns to the old tier when a release in the middle cannot be upgraded, and names it', async () => {
    const allow = await refuseDeployment(slug, 'governance-service', 'professional');
    const operation = await changeTier(id, 'PROFESSIONAL');
    await allow();
    assert.equal(operation['status'], 'FAILED');
    assert.match(operation['failureReason'], /governance-service/);
    assert.equal(stateOf(operation, 'RETURN_TIER'), 'COMPLETED');
    await assertTier(id, slug, 'FREE');
  });

  it('returns to the old tier when it is cancelled in the middle, and ends cancelled', async () => {
    const { body } = await call(`/tenants/${id}/tier`, { method: 'PUT', body: { tier: 'PROFESSIONAL' } });
    const { runId } = body['operation'];
    await until('an upgrade', async () => {
      const { body: operation } = await call(`/operations/${runId}`);
      return operation['phases'] && stateOf(operation, 'UPGRADE_RELEASES') === 'RUNNING';
    });
    await withTemporal((client) => client.workflow.getHandle(`tenant-${slug}`, runId).cancel());
    const operation = await untilEnded(runId, { seconds: 120 });
    assert.deepEqual([operation['status'], stateOf(operation, 'RETURN_TIER')], ['CANCELLED', 'COMPLETED']);
    await assertTier(id, slug, 'FREE');
  });

  it('is not restored to the end when the tenant is to be deleted meanwhile, and the tenant says what is left', async () => {
    await fault('config', { match: { tenantId: id, method: 'PUT', path: '/feature-flags' }, kind: 'error', status: 400, times: 1 });
    const allow = await refuseDeployment(slug, 'governance-service', 'free', 'the object has been modified, says the test');
    const { body } = await call(`/tenants/${id}/tier`, { method: 'PUT', body: { tier: 'PROFESSIONAL' } });
    const { runId } = body['operation'];
    await until('a return that goes no further', async () => {
      const { body: operation } = await call(`/operations/${runId}`);
      return operation['phases']?.find(({ phase }: { phase: string }) => phase === 'RETURN_TIER')?.lastError;
    }, { seconds: 90 });
    // A running activity receives the signal with its next heartbeat.
    await until('the deletion to be accepted', async () => (await call(`/tenants/${id}`, { method: 'DELETE' })).status === 202, { seconds: 20 });
    assert.equal((await call(`/tenants/${id}/deletion`, { method: 'DELETE' })).status, 200);
    await allow();
    const { status, failureReason } = await untilEnded(runId);
    assert.equal(status, 'FAILED');
    assert.match(failureReason, /and could not be restored: releases \d of 4: abandoned; .*quota: abandoned; flags: abandoned$/);
    const { body: { mismatch } } = await call(`/tenants/${id}`);
    assert.deepEqual(Object.keys(mismatch.parts).filter((part) => !part.startsWith('releases')).toSorted(), ['flags', 'quota']);
  });

  it('can be asked for again, and no pod was ever refused by a quota', async () => {
    const operation = await changeTier(id, 'PROFESSIONAL');
    assert.equal(operation['status'], 'COMPLETED', JSON.stringify(operation));
    await assertTier(id, slug, 'PROFESSIONAL');
    assert.equal((await call(`/tenants/${id}`)).body['mismatch'], null);
    assert.deepEqual(await refusedPods(namespaceOf(slug)), []);
  });
});
