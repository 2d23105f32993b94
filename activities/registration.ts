import type { Infrastructure } from '../connectors/platform/interface.ts';
import type { Tenant } from '../tenant/tenant.ts';

/** The register entry that the infrastructure-service keeps of a tenant. */
export const registrationOf = ({ status, cloudProvider, region, namespace, tier }: Tenant): Parameters<Infrastructure['register']>[1] =>
  ({ status, cloudProvider, region, namespace, tier });
