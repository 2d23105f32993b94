import type { DeployRelease } from '../connectors/helm/interface.ts';
import type { WorkerSettings } from '../settings/worker.ts';
import { TenantError } from '../tenant/errors.ts';
import { INGRESS_CONTROLLER } from '../tenant/catalogue.ts';
import { ingressReleaseOf, releaseOf } from '../tenant/names.ts';
import type { Tenant } from '../tenant/tenant.ts';
import { tierLabel } from '../tenant/tiers.ts';

/** The release of a chart for a tenant as it is now: that of a data plane service, or the ingress controller, whose image is not ours. */
export const releaseRequest = (tenant: Tenant, chart: string, { IMAGE_REGISTRY }: Pick<WorkerSettings, 'IMAGE_REGISTRY'>): DeployRelease => ({
  release: chart === INGRESS_CONTROLLER ? ingressReleaseOf(tenant.slug) : releaseOf(tenant.slug, chart),
  namespace: tenant.namespace,
  chart,
  set: {
    'tenant.id': tenant.slug,
    'tenant.tier': tierLabel(tenant.tier),
    'tenant.uuid': tenant.id,
    ...(chart !== INGRESS_CONTROLLER && { 'image.registry': IMAGE_REGISTRY }),
  },
});

/** A release must not be changed while its tenant is suspended: it would start pods again. */
export const refuseWhileSuspended = ({ status, slug }: Tenant): void => {
  if (status === 'SUSPENDED') throw new TenantError('CONFLICT', `tenant ${slug} is suspended; its releases are not changed`);
};
