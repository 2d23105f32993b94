/**
 * Effect: no release is left in the tenant's namespace: the ingress controller first, so that no visitor meets half a data plane, then
 * the services against the order of their deployment. Helm bounds how many at a time.
 * It frees the load balancer's address, so no resolver may lead there any more.
 * Idempotent: what is gone already is no error; a namespace that never was this tenant's is left alone.
 * After a crash: the releases that are left are listed again; Helm finishes one that was half uninstalled.
 */
import { serviceNamed } from '../../tenant/catalogue.ts';
import { releaseOf } from '../../tenant/names.ts';
import { allEnded } from '../all-ended.ts';
import { enterToTearDown } from '../owned-namespace.ts';
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';
import { addressForgotten } from './address-forgotten.ts';

/** Releases that are no data plane service, such as the ingress controller, go first. */
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
