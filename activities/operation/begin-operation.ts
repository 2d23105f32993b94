/**
 * Effect: admits the run, which inserts the operation's row at its first sight. Idempotent: the same run finds its row again.
 * Tells the workflow which steps an earlier run of the same operation completed, so that it does not repeat them.
 */
import type { Admitted, OperationInput } from '../../tenant/operations.ts';
import type { AdmittedOperation } from '../../projection/interface.ts';
import { longestWaitSeconds } from '../../settings/worker.ts';
import { isProvisioning } from '../../tenant/lifecycle.ts';
import { inActivity, type ActivityDependencies } from '../phase-activity.ts';

export const beginOperation = ({ projection, settings }: ActivityDependencies) => (input: OperationInput): Promise<Admitted> =>
  inActivity(input, async (run) => {
    return admitted(await projection.admit(run), settings);
  });

/** What a workflow is told about the run it is. */
export const admitted = (
  { kind, tenant, phaseOutputs, isContinuation }: AdmittedOperation, settings: ActivityDependencies['settings'],
): Admitted => ({
  completed: Object.keys(phaseOutputs),
  isContinuation,
  committed: isProvisioning(kind) && tenant.activatedAt !== null,
  heartbeatTimeoutSeconds: settings.HEARTBEAT_TIMEOUT_SECONDS,
  longestWaitSeconds: longestWaitSeconds(settings),
});
