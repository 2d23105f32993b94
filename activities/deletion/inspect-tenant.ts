/** Effect: none; says how a tenant stands whose deletion was confirmed. Idempotent and convergent by nature: every attempt looks again. */
import type { ConfirmedTenant, ConfirmedTenantInput } from '../../tenant/deletion.ts';
import { inActivity, type ActivityDependencies } from '../phase-activity.ts';

export const inspectConfirmedTenant = ({ projection }: ActivityDependencies) => (input: ConfirmedTenantInput): Promise<ConfirmedTenant> =>
  inActivity(input, () => projection.deletions.standing(input.originalRunId, input.suspensionRunId));
