/** Effect: none; describes a tenant whose deletion was confirmed. Idempotent and convergent: every attempt reads the current state. */
import type { ConfirmedTenant, ConfirmedTenantInput } from '../../tenant/deletion.ts';
import { inActivity, type ActivityDependencies } from '../phase-activity.ts';

export const inspectConfirmedTenant = ({ projection }: ActivityDependencies) => (input: ConfirmedTenantInput): Promise<ConfirmedTenant> =>
  inActivity(input, () => projection.deletions.standing(input.originalRunId, input.suspensionRunId));
