/**
 * Effect: the fourteen releases `{slug}-{service}`, wave by wave: short installs side by side, then one wait for the wave's Deployments.
 * Idempotent: a deployed release with the same chart and values is left alone.
 * After a crash: a release that a killed helm left pending is recovered (connectors/helm/recovery.ts); the wait has no effects.
 */
import { deploymentProblem, isRolledOut, podProblem } from '../deployment-readiness.ts';
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';
import { refuseWhileSuspended, releaseRequest } from '../releases.ts';
import { waitFor } from '../wait.ts';
import type { Connectors } from '../../connectors/connectors.ts';
import type { Manifest } from '../../connectors/kubernetes/interface.ts';
import { CATALOGUE, WAVES } from '../../tenant/catalogue.ts';
import { releaseOf } from '../../tenant/names.ts';
import { TenantError } from '../../tenant/errors.ts';
import type { AwaitWaveInput, DeployServiceInput } from '../../tenant/operations.ts';
import type { Tenant } from '../../tenant/tenant.ts';

/** Milliseconds between two looks at the namespace's Deployments. */
const POLL_MS = 1000;

/** Installs one service's release. */
export const deployService = (dependencies: ActivityDependencies) => {
  const { connectors: { helm }, settings } = dependencies;
  return phaseActivity(dependencies, 'DEPLOY_SERVICES', async ({ operation: { tenant } }, { service }: DeployServiceInput) => {
    refuseWhileSuspended(tenant);
    const request = releaseRequest(tenant, service, settings);
    return { release: request.release, ...await helm.deploy(request) };
  }, { completes: false });
};

/** Waits until every Deployment of a wave is rolled out; the last wave completes the phase. */
export const awaitWave = (dependencies: ActivityDependencies) => {
  const { connectors, settings } = dependencies;
  return phaseActivity(dependencies, 'DEPLOY_SERVICES', async ({ operation: { tenant } }, { wave, last }: AwaitWaveInput) => {
    const services = (WAVES[wave - 1] ?? []).map(({ name }) => name);
    await waitForDeployments(connectors, tenant, services, settings.WAVE_TIMEOUT_SECONDS * 1000);
    return last ? { releases: await releasesOf(connectors, tenant) } : { services };
  }, { completes: ({ last }) => last });
};

const waitForDeployments = async ({ kubernetes }: Connectors, tenant: Tenant, services: readonly string[], timeoutMs: number): Promise<void> => {
  let waiting: readonly string[] = services;
  let deployments = new Map<string, Manifest>();
  try {
    await waitFor({
      what: `the Deployments of ${tenant.namespace}`,
      timeoutMs,
      intervalMs: POLL_MS,
      probe: async () => {
        deployments = byName(await kubernetes.list({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: tenant.namespace }));
        waiting = services.filter((service) => !isReady(deployments.get(service)));
        return waiting.length === 0;
      },
    });
  } catch (error) {
    if (!(error instanceof TenantError) || error.failureClass !== 'NOT_READY') throw error;
    const pods = await kubernetes.list({ apiVersion: 'v1', kind: 'Pod', namespace: tenant.namespace });
    const problems = waiting.map((service) => `${service}: ${problemOf(service, deployments.get(service), pods)}`);
    throw new TenantError('NOT_READY', `not ready after ${timeoutMs / 1000} s: ${problems.join('; ')}`);
  }
};

const isReady = (deployment: Manifest | undefined): boolean => deployment !== undefined && isRolledOut(deployment);

const problemOf = (service: string, deployment: Manifest | undefined, pods: readonly Manifest[]): string => {
  if (!deployment) return 'it has no Deployment';
  const own = pods.filter(({ metadata }) => metadata?.labels?.['app.kubernetes.io/name'] === service);
  return own.map(podProblem).find((problem) => problem !== undefined) ?? deploymentProblem(deployment) ?? 'its pods do not become ready';
};

const byName = (manifests: readonly Manifest[]): Map<string, Manifest> =>
  new Map(manifests.map((manifest) => [manifest.metadata?.name ?? '', manifest]));

/** Release and revision of each service. */
const releasesOf = async ({ helm }: Connectors, tenant: Tenant): Promise<Record<string, { release: string; revision: number }>> => {
  const revisions = new Map((await helm.list(tenant.namespace)).map(({ name, revision }) => [name, revision]));
  return Object.fromEntries(CATALOGUE.map(({ name }) => {
    const release = releaseOf(tenant.slug, name);
    return [name, { release, revision: revisions.get(release) ?? 0 }];
  }));
};
