/**
 * Effect: no release is left in the tenant's namespace. The ingress controller goes first, so that no visitor reaches a partial data plane.
 * The services follow in reverse order of deployment. Helm's slots bound the concurrency. The uninstall frees the load balancer's address,
 * so no resolver may return it any more.
 * Idempotent: an absent release is no error; a namespace that never was this tenant's is left alone.
 * After a crash: the remaining releases are listed again; Helm completes a partial uninstall.
 */
import { serviceNamed } from '../../tenant/catalogue.ts';
import { releaseOf } from '../../tenant/names.ts';
import { allEnded } from '../all-ended.ts';
import { enterToTearDown } from '../owned-namespace.ts';
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';
import { addressForgotten } from './address-forgotten.ts';

/** Releases other than data plane services, such as the ingress controller, go first. */
const FIRST = Number.POSITIVE_INFINITY;

export const uninstallReleases = (dependencies: ActivityDependencies) => {
  const { connectors: { helm, kubernetes }, settings } = dependencies;
  return phaseActivity(dependencies, 'UNINSTALL_RELEASES', async ({ operation, signal }) => {
    const { tenant } = operation;
    // One that is being deleted takes its releases with it, and lets nobody in.
    if ((await enterToTearDown(kubernetes, tenant, settings)).state !== 'entered') return { uninstalled: [] };
    await addressForgotten(operation, settings, signal);

    const releases = (await helm.list(tenant.namespace)).map(({ name }) => name);
    const waveOf = (release: string): number => serviceNamed(release.slice(releaseOf(tenant.slug, '').length))?.wave ?? FIRST;
    for (const wave of [...new Set(releases.map(waveOf))].sort((a, b) => b - a)) {
      await allEnded(releases.filter((release) => waveOf(release) === wave).map((release) => helm.uninstall(release, tenant.namespace)));
    }
    return { uninstalled: releases };
  });
};
