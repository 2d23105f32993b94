import { deepEqual, equal, rejects } from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { ApiException, AppsV1Api, AuthorizationV1Api, CoreV1Api, KubeConfig, KubernetesObjectApi, NetworkingV1Api, PatchStrategy, setHeaderOptions, type KubernetesObject } from '@kubernetes/client-node';
import { execa } from 'execa';
import { ingressClassOf, LABELS, MANAGED_BY, namespaceOf } from '../../tenant/names.ts';
import { endpoints } from '../support/endpoints.ts';
import { chartsFolder, findHelm, TENANT_ID } from '../support/render-chart.ts';

const SLUG = 'identity-check';
const NAMESPACE = namespaceOf(SLUG);
const FOREIGN = namespaceOf('made-by-others');
const ITSELF = { kind: 'ServiceAccount', name: 'tenant-service', namespace: 'matih-control-plane' };
const ROLE = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'tenant-service-namespace' };

const ownership = (slug: string) => ({ [LABELS.tenant]: slug, [LABELS.tenantId]: TENANT_ID, [LABELS.tier]: 'free', [LABELS.managedBy]: MANAGED_BY });
const namespaceNamed = (name: string, labels: Record<string, string>) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
const tenantNamespace = (enforce = 'restricted') => namespaceNamed(NAMESPACE, { ...ownership(SLUG), 'pod-security.kubernetes.io/enforce': enforce });
const secret = (namespace: string) => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'intruder', namespace } });
const binding = (namespace: string, roleRef: object = ROLE, subjects: object[] = [ITSELF]) =>
  ({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata: { name: 'let-in', namespace }, roleRef, subjects });
const role = (name: string, resource: string) =>
  ({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name, namespace: NAMESPACE }, rules: [{ apiGroups: [''], resources: [resource], verbs: ['get'] }] });
const ingressClass = (name: string, slug: string) =>
  ({ apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass', metadata: { name, labels: ownership(slug) }, spec: { controller: 'nginx.org/ingress-controller' } });

const REFUSED_TO_CREATE: readonly (readonly [string, KubernetesObject])[] = [
  ['a namespace that is no tenant\'s', namespaceNamed('payments', { ...ownership('payments'), 'pod-security.kubernetes.io/enforce': 'restricted' })],
  ['a tenant\'s namespace without owner', namespaceNamed(namespaceOf('nobody'), {})],
  ['a tenant\'s namespace for privileged pods', { ...tenantNamespace('privileged'), metadata: { ...tenantNamespace('privileged').metadata, name: namespaceOf('root') } }],
  ['its own right in another namespace', binding('default')],
  ['its own right in kube-system', binding('kube-system')],
  ['its own right in a namespace somebody else made', binding(FOREIGN)],
  ['a right beyond its own', binding(NAMESPACE, { ...ROLE, name: 'cluster-admin' })],
  ['another ClusterRole, though harmless', binding(NAMESPACE, { ...ROLE, name: 'matih-ingress-class-reader' })],
  ['its own right for somebody else', binding(NAMESPACE, ROLE, [{ ...ITSELF, name: 'default' }])],
  ['a tenant\'s role for another namespace\'s account', binding(NAMESPACE, { ...ROLE, kind: 'Role', name: 'pod-reader' }, [{ ...ITSELF, name: 'default', namespace: 'default' }])],
  ['a tenant\'s role for a person', binding(NAMESPACE, { ...ROLE, kind: 'Role', name: 'pod-reader' }, [{ apiGroup: ROLE.apiGroup, kind: 'User', name: 'eve' }])],
  ['a role with more than it has', role('shell', 'pods/exec')],
  ['a binding in the whole cluster', { ...binding(''), kind: 'ClusterRoleBinding', metadata: { name: 'let-in' } }],
  ['a secret in kube-system', secret('kube-system')],
  ['a secret beside itself', secret('matih-control-plane')],
  ['a secret in a namespace somebody else made', secret(FOREIGN)],
  ['an ingress class that is no tenant\'s', ingressClass('nginx', SLUG)],
  ['an ingress class by another tenant\'s name', ingressClass(ingressClassOf('globex'), SLUG)],
];

const forbidden = (error: unknown) => error instanceof ApiException && error.code === 403;

describe('the identity of the tenant service in Kubernetes', function () {
  this.timeout(120_000);
  const configs = { admin: new KubeConfig(), service: new KubeConfig() };
  const objects = () => KubernetesObjectApi.makeApiClient(configs.service);

  before(async () => {
    configs.admin.loadFromFile(endpoints().kubeconfig.admin);
    configs.service.loadFromFile(endpoints().kubeconfig.service);
    const administrator = KubernetesObjectApi.makeApiClient(configs.admin);
    await administrator.create(namespaceNamed(FOREIGN, {}));
    await administrator.create({ ...ingressClass('nginx-of-the-admins', SLUG), metadata: { name: 'nginx-of-the-admins' } });
    await objects().create(tenantNamespace());
    await objects().create(binding(NAMESPACE));
    await objects().create(role('pod-reader', 'pods'));
  });

  after(async () => {
    const core = configs.admin.makeApiClient(CoreV1Api);
    await configs.admin.makeApiClient(NetworkingV1Api).deleteIngressClass({ name: 'nginx-of-the-admins' });
    for (const name of [NAMESPACE, FOREIGN]) await core.deleteNamespace({ name });
  });

  for (const [what, object] of REFUSED_TO_CREATE) {
    it(`may not create ${what}`, () => rejects(objects().create(object), forbidden));
  }

  it('may not change or remove what it did not make', async () => {
    const adopted = namespaceNamed(FOREIGN, { ...ownership('made-by-others'), 'pod-security.kubernetes.io/enforce': 'restricted' });
    await rejects(objects().patch(adopted, undefined, undefined, undefined, undefined, PatchStrategy.MergePatch), forbidden);
    await rejects(objects().delete(namespaceNamed(FOREIGN, {})), forbidden);
    await rejects(objects().delete(namespaceNamed('matih-control-plane', {})), forbidden);
    await rejects(objects().delete(ingressClass('nginx-of-the-admins', SLUG)), forbidden);
  });

  it('may not hand a namespace to another tenant, nor let privileged pods in', async () => {
    const handedOver = namespaceNamed(NAMESPACE, { [LABELS.tenantId]: '00000000-0000-4000-8000-000000000000' });
    for (const change of [handedOver, tenantNamespace('privileged')]) {
      await rejects(objects().patch(change, undefined, undefined, undefined, undefined, PatchStrategy.MergePatch), forbidden);
    }
  });

  it('reads and writes secrets in tenants\' namespaces only, and runs no command in a pod', async () => {
    const authorization = configs.service.makeApiClient(AuthorizationV1Api);
    const may = async (namespace: string, verb: string, resource: string, subresource?: string) => {
      const { status } = await authorization.createSelfSubjectAccessReview({
        body: { spec: { resourceAttributes: { namespace, verb, resource, ...(subresource ? { subresource } : {}) } } },
      });
      return status!.allowed;
    };
    for (const verb of ['get', 'list', 'create', 'delete']) {
      equal(await may(NAMESPACE, verb, 'secrets'), true);
      for (const namespace of ['kube-system', 'default', 'matih-control-plane', FOREIGN, '']) equal(await may(namespace, verb, 'secrets'), false);
    }
    for (const verb of ['get', 'create', 'patch', 'delete']) equal(await may('', verb, 'persistentvolumes'), false);
    equal(await may('', 'list', 'persistentvolumes'), true);
    for (const [resource, subresource] of [['pods', 'exec'], ['pods', 'attach'], ['serviceaccounts', 'token']] as const) {
      for (const verb of ['get', 'create']) equal(await may(NAMESPACE, verb, resource, subresource), false);
    }
  });

  it('upgrades to another tier\'s replicas after a suspension, which changed them through the scale subresource', async () => {
    const helm = await findHelm();
    const run = (command: string, tier: string) => execa(helm, [
      command, `${SLUG}-render-service`, join(chartsFolder, 'render-service'), '--namespace', NAMESPACE, '--kubeconfig', endpoints().kubeconfig.service,
      '--values', join(chartsFolder, 'render-service/values-dev.yaml'), '--set-string', `tenant.id=${SLUG},tenant.tier=${tier},tenant.uuid=${TENANT_ID}`,
    ]);
    const apps = configs.service.makeApiClient(AppsV1Api);
    const deployment = { name: 'render-service', namespace: NAMESPACE };
    const replicas: (number | undefined)[] = [];
    const note = async () => replicas.push((await apps.readNamespacedDeployment(deployment)).spec!.replicas);
    const scale = async (to: number) => {
      await apps.patchNamespacedDeploymentScale({ ...deployment, body: { spec: { replicas: to } } }, setHeaderOptions('Content-Type', PatchStrategy.MergePatch));
    };

    await run('install', 'free');
    await note();
    await scale(0); // suspended
    await note();
    await scale(1); // reactivated
    await run('upgrade', 'professional');
    await note();
    await scale(0);
    await scale(2);
    await run('upgrade', 'free');
    await note();
    deepEqual(replicas, [1, 0, 2, 1]);
  });
});
