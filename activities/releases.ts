import type { DeployRelease } from '../connectors/helm/interface.ts';
import type { WorkerSettings } from '../settings/worker.ts';
import { TenantError } from '../tenant/errors.ts';
import { releaseOf } from '../tenant/names.ts';
import type { Tenant } from '../tenant/tenant.ts';
import { tierLabel } from '../tenant/tiers.ts';

/** The release of a data plane service for a tenant as it is now. */
export const releaseRequest = (tenant: Tenant, service: string, { IMAGE_REGISTRY }: Pick<WorkerSettings, 'IMAGE_REGISTRY'>): DeployRelease => ({
  release: releaseOf(tenant.slug, service),
  namespace: tenant.namespace,
  chart: service,
  set: {
    'tenant.id': tenant.slug,
    'tenant.tier': tierLabel(tenant.tier),
    'tenant.uuid': tenant.id,
    'image.registry': IMAGE_REGISTRY,
  },
});

/** A release must not be changed while its tenant is suspended: it would start pods again. */
export const refuseWhileSuspended = ({ status, slug }: Tenant): void => {
  if (status === 'SUSPENDED') throw new TenantError('CONFLICT', `tenant ${slug} is suspended; its releases are not changed`);
};
