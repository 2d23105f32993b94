import assert from 'node:assert/strict';
import { CATALOGUE, INGRESS_CONTROLLER } from '../../tenant/catalogue.ts';
import { databaseRoleOf, ingressClassOf, LABELS, namespaceOf } from '../../tenant/names.ts';
import { parseQuantity } from '../../tenant/quantities.ts';
import { quotaOf, TIER_PLANS, tierLabel, type Quota, type Tier } from '../../tenant/tiers.ts';
import { call, type Answer } from './api.ts';
import { cluster } from './cluster.ts';
import { query } from './database.ts';
import { serviceEnvironment } from './endpoints.ts';
import { configurationOf } from './platform.ts';
import { untilEnded } from './operations.ts';
import { startOwnService } from './service.ts';
import { ledger } from './stand-ins.ts';
import { until } from './until.ts';

/** Everything in a namespace that carries the tier; ReplicaSets of the past keep theirs. */
const LABELLED = [
  ['apps/v1', 'Deployment'], ['v1', 'Pod'], ['v1', 'Service'], ['v1', 'ConfigMap'], ['v1', 'Secret'], ['v1', 'ServiceAccount'], ['v1', 'ResourceQuota'],
  ['v1', 'LimitRange'], ['rbac.authorization.k8s.io/v1', 'Role'], ['rbac.authorization.k8s.io/v1', 'RoleBinding'],
  ['networking.k8s.io/v1', 'NetworkPolicy'], ['networking.k8s.io/v1', 'Ingress'], ['cert-manager.io/v1', 'Certificate'],
] as const;

/** Longest query without an override, as the gateway sees it. */
const QUERY_TIMEOUT: Readonly<Record<Tier, string>> = { FREE: '60', PROFESSIONAL: '300', ENTERPRISE: '900' };

/** Asks for a tier and waits until the change has ended. */
export const changeTier = async (id: string, tier: Tier, quota?: Quota): Promise<Record<string, any>> => {
  const { status, body } = await call(`/tenants/${id}/tier`, { method: 'PUT', body: { tier, ...(quota && { quota }) } });
  if (status !== 202) throw new Error(`PUT tier answered ${status}: ${JSON.stringify(body)}`);
  return untilEnded(body['operation'].runId as string, { seconds: 180 });
};

/** Asks for a tier that the tenant does not fit; resolves with the refusal. The verdict is waited for longer than usual, since other tests keep the machine busy. */
export const refusedTier = async (id: string, tier: Tier): Promise<Answer['body']> => {
  const service = await startOwnService(serviceEnvironment()['TEMPORAL_TASK_QUEUE'] ?? '', { VERDICT_DEADLINE_MS: '60000' });
  try {
    const { status, body } = await call(`/tenants/${id}/tier`, { method: 'PUT', body: { tier }, api: service.api });
    assert.equal(status, 422, JSON.stringify(body));
    return body;
  } finally {
    await service.stop();
  }
};

/** Asserts that a tenant is of a tier in every system that knows tiers. */
export const assertTier = async (id: string, slug: string, tier: Tier, custom: Quota | null = null): Promise<void> => {
  const kubernetes = cluster();
  const namespace = namespaceOf(slug);
  const { body } = await call(`/tenants/${id}`);
  assert.deepEqual([body['tier'], body['quota'], body['status']], [tier, custom, 'ACTIVE']);

  const [quota] = await kubernetes.list('v1', 'ResourceQuota', namespace);
  assert.ok(quota);
  const { cpu, memory, pods } = quotaOf(tier, custom);
  for (const part of ['spec', 'status']) {
    const hard = quota[part].hard as Record<string, string>;
    assert.deepEqual([parseQuantity(hard['requests.cpu']!), parseQuantity(hard['requests.memory']!), hard['pods']], [parseQuantity(cpu), parseQuantity(memory), String(pods)], part);
  }

  for (const name of [...CATALOGUE.map((service) => service.name), INGRESS_CONTROLLER]) {
    const deployment = await kubernetes.get('apps/v1', 'Deployment', name, namespace);
    const replicas = tier === 'FREE' ? 1 : 2;
    assert.deepEqual([deployment?.['spec'].replicas, deployment?.['status'].readyReplicas], [replicas, replicas], name);
  }
  await until(`every label of ${namespace} to say ${tierLabel(tier)}`, async () => (await wrongLabels(slug, tierLabel(tier))).length === 0, { seconds: 20 })
    .catch(async () => assert.deepEqual(await wrongLabels(slug, tierLabel(tier)), []));

  const [role] = await query<{ limit: number }>('dataPlane', 'SELECT rolconnlimit AS limit FROM pg_roles WHERE rolname = $1', [databaseRoleOf(slug)]);
  assert.equal(role?.limit, TIER_PLANS[tier].databaseConnections);
  const { entries, flags } = await configurationOf(id);
  assert.deepEqual(flags, TIER_PLANS[tier].featureFlags);
  assert.deepEqual([entries['query.timeout'], entries['ai.streaming.enabled']], [QUERY_TIMEOUT[tier], String(TIER_PLANS[tier].featureFlags['ai.chat'])]);
  const registrations = await ledger('infrastructure', id);
  assert.equal((registrations.at(-1)?.body as { tier: string } | undefined)?.tier, tier);
};

const wrongLabels = async (slug: string, label: string): Promise<string[]> => {
  const kubernetes = cluster();
  const namespace = namespaceOf(slug);
  const objects = [
    ...await Promise.all(LABELLED.map(async ([apiVersion, kind]) =>
      (await kubernetes.list(apiVersion, kind, namespace)).map((object) => ({ kind, metadata: object.metadata })))),
    [{ kind: 'Namespace', metadata: (await kubernetes.get('v1', 'Namespace', namespace))?.metadata }],
    [{ kind: 'IngressClass', metadata: (await kubernetes.get('networking.k8s.io/v1', 'IngressClass', ingressClassOf(slug)))?.metadata }],
  ].flat();
  const labelled = objects.filter(({ metadata }) => metadata?.labels?.[LABELS.tier] !== undefined);
  assert.ok(labelled.length > 50, 'most objects carry the tier');
  return labelled.filter(({ metadata }) => metadata?.labels?.[LABELS.tier] !== label).map(({ kind, metadata }) => `${kind}/${metadata?.name}`);
};
