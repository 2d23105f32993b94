import assert from 'node:assert/strict';
import { networkPolicies } from '../../../activities/provisioning/create-namespace/network-policies.ts';
import { expectedFlows } from '../../support/network-flows.ts';
import { isAllowed, type Flow, type Policy } from '../../support/network-policies.ts';
import { aTenant } from '../../support/tenant.ts';

const settings = {
  CONTROL_PLANE_NAMESPACE: 'matih-control-plane',
  SHARED_INFRASTRUCTURE_NAMESPACE: 'matih-shared',
  // A public one, as a managed cluster has: "the internet" must not include it.
  KUBERNETES_API_CIDRS: ['20.50.60.70/32'],
  KUBERNETES_API_PORT: 6443,
};
const acme = aTenant({ slug: 'acme' });
const neighbour = aTenant({ slug: 'acme-ai', id: 'another' });
const policiesOf = (tenant: typeof acme): Policy[] => networkPolicies(tenant, settings) as Policy[];
const policies = [...policiesOf(acme), ...policiesOf(neighbour)];

describe('network policies', () => {
  const flows = expectedFlows({
    namespace: acme.namespace, neighbour: neighbour.namespace, controlPlane: settings.CONTROL_PLANE_NAMESPACE,
    sharedInfrastructure: settings.SHARED_INFRASTRUCTURE_NAMESPACE, kubernetesApi: { ip: '20.50.60.70', port: settings.KUBERNETES_API_PORT },
  });
  for (const { what, allowed, ...flow } of flows) {
    it(`${allowed ? 'let through' : 'stop'}: ${what}`, () => assert.equal(isAllowed(policies, flow), allowed));
  }

  it('keep a neighbour out even if the neighbour\'s own policies were gone', () => {
    const flow: Flow = {
      from: { namespace: neighbour.namespace, labels: { 'app.kubernetes.io/name': 'bi-service' } },
      to: { namespace: acme.namespace, labels: { 'app.kubernetes.io/name': 'query-engine' } }, port: 8080,
    };
    assert.equal(isAllowed(policiesOf(acme), flow), false);
    assert.equal(isAllowed(policiesOf(neighbour), flow), false);
  });

  it('are all needed: without any one of them a flow changes', () => {
    const verdicts = (set: readonly Policy[]): string => flows.map((flow) => isAllowed(set, flow)).join();
    // Default deny is what keeps a direction closed that no other policy mentions; here every pod is selected by another policy too.
    for (const policy of policiesOf(acme).filter(({ metadata }) => metadata?.name !== 'default-deny')) {
      const without = policies.filter((each) => each.metadata?.name !== policy.metadata?.name);
      assert.notEqual(verdicts(without), verdicts(policies), policy.metadata?.name);
    }
  });

  it('allow no destination when the Kubernetes API\'s addresses are not known', () => {
    const blind = networkPolicies(acme, { ...settings, KUBERNETES_API_CIDRS: [] }) as Policy[];
    const agent = { namespace: acme.namespace, labels: { 'app.kubernetes.io/name': 'data-plane-agent' } };
    assert.equal(isAllowed(blind, { from: agent, to: { ip: '20.50.60.70' }, port: 6443 }), false);
  });
});

describe('the evaluator of network policies', () => {
  const web = { namespace: 'a', labels: { app: 'web' } };
  const other = { namespace: 'a', labels: { app: 'other' } };
  const flow = { from: other, to: web, port: 80 };
  const policy = (spec: NonNullable<Policy['spec']>): Policy => ({ metadata: { name: 'p', namespace: 'a' }, spec });

  it('lets everything through where no policy selects the pod', () => {
    assert.equal(isAllowed([], flow), true);
    assert.equal(isAllowed([policy({ podSelector: { matchLabels: { app: 'db' } }, ingress: [] })], flow), true);
  });
  it('denies a selected pod everything no rule allows', () =>
    assert.equal(isAllowed([policy({ podSelector: {}, policyTypes: ['Ingress'] })], flow), false));
  it('takes a rule without peers as everybody, an empty list too', () => {
    assert.equal(isAllowed([policy({ podSelector: {}, ingress: [{ ports: [{ port: 80 }] }] })], flow), true);
    assert.equal(isAllowed([policy({ podSelector: {}, ingress: [{ from: [] }] })], flow), true);
  });
  it('needs both ends to agree', () => {
    const open = policy({ podSelector: {}, ingress: [{}] });
    assert.equal(isAllowed([open, policy({ podSelector: { matchLabels: { app: 'other' } }, policyTypes: ['Egress'] })], flow), false);
  });
  it('tells protocols and ports apart', () => {
    const tcpOnly = policy({ podSelector: {}, ingress: [{ ports: [{ protocol: 'TCP', port: 80, endPort: 81 }] }] });
    assert.equal(isAllowed([tcpOnly], { ...flow, port: 81 }), true);
    assert.equal(isAllowed([tcpOnly], { ...flow, port: 82 }), false);
    assert.equal(isAllowed([tcpOnly], { ...flow, protocol: 'UDP' }), false);
  });
});
