import assert from 'node:assert/strict';
import { limitRange, resourceQuota } from '../../../activities/provisioning/create-namespace/limits.ts';
import { aTenant } from '../../support/tenant.ts';

type Hard = Record<string, string>;
const hardOf = (tenant: Parameters<typeof resourceQuota>[0]): Hard => (resourceQuota(tenant)['spec'] as { hard: Hard }).hard;

describe('quota and limits of a namespace', () => {
  for (const { tier, quota, expected } of [
    { tier: 'FREE', quota: null, expected: { 'requests.cpu': '2', 'requests.memory': '4Gi', pods: '20' } },
    { tier: 'PROFESSIONAL', quota: null, expected: { 'requests.cpu': '8', 'requests.memory': '16Gi', pods: '50' } },
    {
      tier: 'ENTERPRISE', quota: { cpu: '64', memory: '256Gi', pods: 200 },
      expected: { 'requests.cpu': '64', 'requests.memory': '256Gi', pods: '200' },
    },
  ] as const) {
    it(`${tier}: the plan's requests and pods`, () => {
      const { 'requests.cpu': cpu, 'requests.memory': memory, pods } = hardOf(aTenant({ tier, quota }));
      assert.deepEqual({ 'requests.cpu': cpu, 'requests.memory': memory, pods }, expected);
    });
  }

  it('an Enterprise tenant without a quota of its own is a mistake, not an unlimited one', () =>
    assert.throws(() => resourceQuota(aTenant({ tier: 'ENTERPRISE', quota: null })), /needs a quota/));

  it('bounds objects too, with room for three revisions of fifteen releases', () => {
    const hard = hardOf(aTenant());
    assert.equal(hard['services'], '30');
    assert.equal(hard['services.nodeports'], '0');
    assert.equal(hard['services.loadbalancers'], '2');
    assert.ok(Number(hard['secrets']) >= 200);
    assert.ok(hard['persistentvolumeclaims'] && hard['configmaps']);
  });

  it('gives a container that states nothing the size the Free tier is made of', () => {
    const [limit] = (limitRange(aTenant())['spec'] as { limits: Record<string, unknown>[] }).limits;
    assert.deepEqual(limit, {
      type: 'Container', default: { cpu: '500m', memory: '512Mi' }, defaultRequest: { cpu: '100m', memory: '192Mi' }, max: { cpu: '2', memory: '4Gi' },
    });
  });

  it('marks both as the tenant\'s', () => {
    for (const { metadata } of [resourceQuota(aTenant()), limitRange(aTenant())]) {
      assert.equal(metadata?.namespace, 'matih-data-plane-acme');
      assert.deepEqual(metadata?.labels, {
        'matih.io/tenant': 'acme', 'matih.io/tier': 'free', 'matih.io/managed-by': 'tenant-service', 'matih.io/tenant-id': aTenant().id,
      });
    }
  });
});
