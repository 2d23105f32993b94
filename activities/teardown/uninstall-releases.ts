/**
 * Effect: no release is left in the tenant's namespace: the ingress controller first, so that no visitor meets half a data plane, then
 * the services against the order of their deployment. Helm bounds how many at a time.
 * Idempotent: what is gone already is no error; a namespace that is not this tenant's is left alone.
 * After a crash: the releases that are left are listed again; Helm finishes one that was half uninstalled.
 */
import { serviceNamed } from '../../tenant/catalogue.ts';
import { releaseOf } from '../../tenant/names.ts';
import { enterNamespace } from '../provisioning/create-namespace/claim-namespace.ts';
import { allEnded } from '../all-ended.ts';
import { ownedNamespace } from '../owned-namespace.ts';
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';

/** Whatever is not a data plane service, such as the ingress controller, goes before them. */
const FIRST = Number.POSITIVE_INFINITY;

export const uninstallReleases = (dependencies: ActivityDependencies) => {
  const { connectors: { helm, kubernetes }, settings } = dependencies;
  return phaseActivity(dependencies, 'UNINSTALL_RELEASES', async ({ operation: { tenant } }) => {
    const namespace = await ownedNamespace(kubernetes, tenant);
    // One that is being deleted takes its releases with it, and lets nobody in.
    if (!namespace || namespace.metadata?.deletionTimestamp) return { uninstalled: [] };
    // A provisioning may have ended between the namespace and our binding in it.
    await enterNamespace(kubernetes, tenant, settings.CONTROL_PLANE_NAMESPACE);

    const releases = (await helm.list(tenant.namespace)).map(({ name }) => name);
    const waveOf = (release: string): number => serviceNamed(release.slice(releaseOf(tenant.slug, '').length))?.wave ?? FIRST;
    for (const wave of [...new Set(releases.map(waveOf))].sort((a, b) => b - a)) {
      await allEnded(releases.filter((release) => waveOf(release) === wave).map((release) => helm.uninstall(release, tenant.namespace)));
    }
    return { uninstalled: releases };
  });
};
