/**
 * Effect: the fourteen releases `{slug}-{service}`, wave by wave: short installs side by side, then one wait for the wave's Deployments.
 * Idempotent: an existing release is upgraded; an unchanged release gets a revision and no new pod.
 * After a crash: a release left pending by a killed helm is recovered (connectors/helm/recovery.ts); the wait has no effects.
 */
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';
import { refuseWhileSuspended, releaseRequest } from '../releases.ts';
import { awaitRollout } from '../rollout.ts';
import type { Connectors } from '../../connectors/connectors.ts';
import { CATALOGUE, WAVES } from '../../tenant/catalogue.ts';
import { releaseOf } from '../../tenant/names.ts';
import type { AwaitWaveInput, DeployServiceInput } from '../../tenant/operations.ts';
import type { Tenant } from '../../tenant/tenant.ts';
import { waits } from '../trouble.ts';

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
    await awaitRollout(connectors.kubernetes, tenant.namespace, services, settings.WAVE_TIMEOUT_SECONDS * 1000);
    return last ? { releases: await releasesOf(connectors, tenant) } : { services };
  }, { completes: ({ last }) => last, patience: waits(3, 'WAVE_TIMEOUT_SECONDS') });
};

/** Release and revision of each service. */
const releasesOf = async ({ helm }: Connectors, tenant: Tenant): Promise<Record<string, { release: string; revision: number }>> => {
  const revisions = new Map((await helm.list(tenant.namespace)).map(({ name, revision }) => [name, revision]));
  return Object.fromEntries(CATALOGUE.map(({ name }) => {
    const release = releaseOf(tenant.slug, name);
    return [name, { release, revision: revisions.get(release) ?? 0 }];
  }));
};
