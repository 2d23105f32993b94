/**
 * Effect: the tenant's row and its A records have the current address of its load balancer, which changes with a recreated Service. Missing
 * zone and delegation are made. Part of a change to the tenant's own tier, which is its repair.
 * Idempotent and convergent: address and name servers are read each time; equal records stay.
 */
import type { OperationInput } from '../../tenant/operations.ts';
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';
import { ensureZone, learnAddress } from '../provisioning/deploy-ingress/reachability.ts';
import { waits } from '../trouble.ts';

export const repairAddress = (dependencies: ActivityDependencies) =>
  phaseActivity(dependencies, 'UPGRADE_RELEASES', async ({ operation }, _input: OperationInput) => {
    const ip = await learnAddress(dependencies, operation);
    return { ip, ...await ensureZone(dependencies, operation, ip) };
  }, { patience: waits(2, 'LOAD_BALANCER_TIMEOUT_SECONDS') });
