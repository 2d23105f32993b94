import type { Infrastructure } from '../connectors/platform/interface.ts';
import type { Tenant } from '../tenant/tenant.ts';

/** The tenant's entry in the register of the infrastructure-service. */
export const registrationOf = ({ status, cloudProvider, region, namespace, tier }: Tenant): Parameters<Infrastructure['register']>[1] =>
  ({ status, cloudProvider, region, namespace, tier });
