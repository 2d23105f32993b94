import assert from 'node:assert/strict';
import { join } from 'node:path';
import { execa } from 'execa';
import { isRolledOut } from '../../activities/deployment-readiness.ts';
import { CATALOGUE } from '../../tenant/catalogue.ts';
import { namespaceOf, releaseOf } from '../../tenant/names.ts';
import { provision, tenantRequest, uniqueSlug } from '../support/api.ts';
import { cluster, refusedPods, type ClusterObject } from '../support/cluster.ts';
import { endpoints, serviceEnvironment } from '../support/endpoints.ts';
import { expectedFlows } from '../support/network-flows.ts';
import { isAllowed, type Policy } from '../support/network-policies.ts';
import { chartsFolder } from '../support/render-chart.ts';
import { until } from '../support/until.ts';

const slug = uniqueSlug('fence');
const neighbour = `${slug}-ai`;
const namespace = namespaceOf(slug);

/** As many helm processes as the worker runs at a time: the quota has room for so many surge pods. */
const HELM_CONCURRENCY = 4;

describe('the boundary of a tenant', () => {
  const { api, list } = cluster();

  before(async () => {
    await Promise.all([slug, neighbour].map((each) => provision(tenantRequest(each))));
  });

  describe('its network policies, as the cluster has them', () => {
    let policies: Policy[];
    before(async () => {
      policies = (await Promise.all([slug, neighbour].map((each) => list('networking.k8s.io/v1', 'NetworkPolicy', namespaceOf(each))))).flat() as Policy[];
    });

    const flows = expectedFlows({
      namespace,
      neighbour: namespaceOf(neighbour),
      controlPlane: 'matih-control-plane',
      sharedInfrastructure: 'matih-shared',
      kubernetesApi: { ip: '127.0.0.1', port: Number(serviceEnvironment()['KUBERNETES_API_PORT']) },
    });
    it('are judged by at least 25 flows', () => assert.ok(flows.length >= 25));
    for (const { what, allowed, ...flow } of flows) {
      it(`${allowed ? 'let through' : 'stop'}: ${what}`, () => assert.equal(isAllowed(policies, flow), allowed));
    }
  });

  describe('the rights of its accounts', () => {
    const may = async (account: string, verb: string, resource: string, of: string): Promise<boolean> => {
      const [user, group] = [`system:serviceaccount:${namespace}:${account}`, `system:serviceaccounts:${namespace}`];
      const review = await api.create({
        apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview',
        spec: { user, groups: ['system:serviceaccounts', group, 'system:authenticated'], resourceAttributes: { verb, resource, namespace: of } },
      } as never) as ClusterObject;
      return review['status'].allowed;
    };
    /** An empty name asks for all namespaces at once. */
    const FOREIGN = [namespaceOf(neighbour), 'kube-system', 'default', 'matih-control-plane', 'matih-shared', ''];

    for (const account of ['tenant-workload', 'ingress-controller', 'default']) {
      it(`${account}: no other namespace's secrets`, async () => {
        for (const of of FOREIGN) {
          for (const verb of ['get', 'list', 'watch', 'create', 'update', 'delete']) {
            assert.equal(await may(account, verb, 'secrets', of), false, `${verb} secrets in ${of || 'all namespaces'}`);
          }
        }
      });
    }

    it('are what they need in their own namespace, and the reviews can tell', async () => {
      assert.equal(await may('ingress-controller', 'get', 'secrets', namespace), true);
      assert.equal(await may('tenant-workload', 'list', 'pods', namespace), true);
      assert.equal(await may('tenant-workload', 'get', 'secrets', namespace), false);
      assert.equal(await may('ingress-controller', 'update', 'secrets', namespace), false);
    });
  });

  describe('its quota', () => {
    const upgrade = async (service: string): Promise<void> => {
      const settings = serviceEnvironment();
      await execa(settings['HELM_BINARY'] as string, [
        'upgrade', releaseOf(slug, service), join(chartsFolder, service), '--namespace', namespace, '--kubeconfig', endpoints().kubeconfig.service,
        '--reuse-values', '--set-string', 'image.tag=upgraded', '--wait', '--timeout', '120s',
      ]);
    };
    const readQuota = async () => (await list('v1', 'ResourceQuota', namespace))[0]?.['status'] as { hard: Record<string, string>; used: Record<string, string> };

    it('holds everything, and holds while all fourteen releases are upgraded, four at a time', async () => {
      const before = await readQuota();
      const waiting = CATALOGUE.map(({ name }) => name);
      const mostPods = { seen: Number(before.used['pods']) };
      let upgrading = true;
      const watching = (async () => {
        while (upgrading) {
          mostPods.seen = Math.max(mostPods.seen, (await list('v1', 'Pod', namespace)).length);
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
      })();
      await Promise.all(Array.from({ length: HELM_CONCURRENCY }, async () => {
        for (let service = waiting.shift(); service !== undefined; service = waiting.shift()) await upgrade(service);
      })).finally(() => { upgrading = false; });
      await watching;

      const deployments = await until('all rolled out', async () => {
        const found = await list('apps/v1', 'Deployment', namespace);
        return found.every(isRolledOut) && found;
      });
      const upgraded = deployments.filter(({ spec }) => (spec.template.spec.containers[0].image as string).endsWith(':upgraded'));
      assert.equal(upgraded.length, CATALOGUE.length, 'every Deployment has the new image');
      assert.ok(mostPods.seen > CATALOGUE.length + 1, 'the upgrade made surge pods');
      assert.deepEqual(await refusedPods(namespace), []);

      const after = await readQuota();
      assert.deepEqual({ cpu: after.hard['requests.cpu'], memory: after.hard['requests.memory'], pods: after.hard['pods'] }, { cpu: '2', memory: '4Gi', pods: '20' });
      assert.equal(after.used['requests.cpu'], before.used['requests.cpu']);
    });

    it('refuses more than it holds, and that would be seen', async () => {
      const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'query-engine', namespace } };
      await api.patch({ ...deployment, spec: { replicas: 12 } } as never, undefined, undefined, undefined, undefined, 'application/merge-patch+json' as never);
      await until('a FailedCreate event', async () => (await refusedPods(namespace)).length > 0);
    });
  });
});
