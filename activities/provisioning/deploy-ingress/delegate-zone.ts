/**
 * Effect: the tenant's zone exists, the parent zone delegates to its name servers, and its A records point to the load balancer.
 * Idempotent: zone and delegation carry the tenant's id and are kept if they are the tenant's; equal records stay.
 * Converges: the name servers are read from the zone each time, because a recreated zone may have others. The zone's name is stored before
 * the zone is made, so that a teardown finds it. Azure's ids are recorded as soon as they are known.
 */
import type { OperationInput } from '../../../tenant/operations.ts';
import { phaseActivity, type ActivityDependencies } from '../../phase-activity.ts';
import { ensureZone } from './reachability.ts';

export interface DelegateZoneInput extends OperationInput {
  /** Address of the tenant's load balancer. */
  ip: string;
}

export const delegateZone = (dependencies: ActivityDependencies) =>
  phaseActivity(dependencies, 'DEPLOY_INGRESS', ({ operation }, { ip }: DelegateZoneInput) => ensureZone(dependencies, operation, ip), { completes: false });
