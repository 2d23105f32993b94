/**
 * Effect: the deletion request is recorded.
 * Idempotent: the request is found by the wait's first run.
 * Converges: an ended request is not opened again, so a reset of the wait cannot request the deletion anew.
 */
import { WAIT_RESET, type DeletionRequestInput, type OpenedDeletionRequest } from '../../tenant/deletion.ts';
import { TenantError } from '../../tenant/errors.ts';
import { inActivity, type ActivityDependencies } from '../phase-activity.ts';

export const openDeletionRequest = ({ projection, settings }: ActivityDependencies) =>
  (input: DeletionRequestInput): Promise<OpenedDeletionRequest> => inActivity(input, async () => {
    const { tenantId, slug, actor, originalRunId, approver, gracePeriodMinutes = 0 } = input;
    if (settings.DELETION_TWO_ADMINS && !approver) throw new TenantError('INVALID_REQUEST', 'a second admin has to be named who confirms the deletion too');
    if (approver === actor) throw new TenantError('INVALID_REQUEST', 'the second admin has to be somebody else');

    const request = await projection.deletions.open({
      originalRunId, tenantId, slug, requestedBy: actor, approver: approver ?? null,
      tries: settings.DELETION_CODE_TRIES,
      confirmationMinutes: settings.DELETION_CONFIRMATION_MINUTES,
      graceMinutes: Math.max(gracePeriodMinutes, settings.DELETION_GRACE_MINUTES),
    });
    if (request.state === 'CONFIRMED') throw new TenantError('SUPERSEDED', WAIT_RESET);
    if (request.state !== 'WAITING') throw new TenantError('SUPERSEDED', `this deletion request has ended as ${request.state}`);
    return {
      confirmationSeconds: Math.max(1, request.secondsLeft),
      tries: request.triesLeft,
      gracePeriodMinutes: request.graceMinutes,
      heartbeatTimeoutSeconds: settings.HEARTBEAT_TIMEOUT_SECONDS,
    };
  });
