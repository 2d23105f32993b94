/**
 * Effect: admits the run, which inserts the operation's row at its first sight. Idempotent: the same run finds its row again.
 * Tells the workflow which steps an earlier run of the same operation completed, so that it does not repeat them.
 */
import type { Admitted, OperationInput } from '../../tenant/operations.ts';
import { inActivity, type ActivityDependencies } from '../phase-activity.ts';

export const beginOperation = ({ projection, settings }: ActivityDependencies) => (input: OperationInput): Promise<Admitted> =>
  inActivity(input, async (run) => {
    const { phaseOutputs } = await projection.admit(run);
    return { completed: Object.keys(phaseOutputs), heartbeatTimeoutSeconds: settings.HEARTBEAT_TIMEOUT_SECONDS };
  });
