/**
 * Effect: each admin who has to confirm has been sent a code. The code bypasses the outbox, because no code is ever stored.
 * Idempotent: the same code is derived again. A notification is sent once by its correlation id; its text derives from the stored request.
 * Converges: an address that the notification-service refuses for good is named in the request; the other admins get their codes.
 */
import type { DeletionRequestRow } from '../../projection/deletion-rows.ts';
import { deletionCode } from '../../tenant/deletion-code.ts';
import type { DeletionRequestInput } from '../../tenant/deletion.ts';
import { FAILURE_CLASSES, TenantError } from '../../tenant/errors.ts';
import { effectId } from '../../tenant/events.ts';
import { inActivity, type ActivityDependencies } from '../phase-activity.ts';

export const sendDeletionCode = (dependencies: ActivityDependencies) =>
  (input: DeletionRequestInput): Promise<{ refused: string[] }> => inActivity(input, async () => {
    const { deletions } = dependencies.projection;
    const request = await deletions.find(input.originalRunId);
    if (!request) throw new TenantError('CONFLICT', 'this deletion was never requested');
    const refused: string[] = [];
    for (const admin of [request.requestedBy, ...(request.approver ? [request.approver] : [])]) {
      const refusal = await send(dependencies, request, admin).then(() => undefined, refusalOf);
      if (refusal !== undefined) refused.push(`the code could not be sent to ${admin}: ${refusal}`);
    }
    if (refused.length > 0) await deletions.noteUnsent(request.originalRunId, refused.join('; '));
    return { refused };
  });

const send = async ({ connectors, settings }: ActivityDependencies, request: DeletionRequestRow, admin: string): Promise<void> => {
  const { tenantId, originalRunId, nonce, slug, requestedBy, expiresAt } = request;
  await connectors.notifications.send({
    tenantId,
    template: 'tenant-deletion-code',
    recipient: admin,
    subject: `Confirm the deletion of tenant ${slug}`,
    variables: {
      slug,
      code: await deletionCode(settings.DELETION_CODE_KEY, { tenantId, originalRunId, nonce, admin }),
      requestedBy,
      expiresAt: expiresAt.toISOString(),
    },
    correlationId: effectId(originalRunId, `tenant-deletion-code:${admin}`),
  });
};

/** Why a notification was refused for good. Throws a retryable error. */
const refusalOf = (error: unknown): string => {
  if (error instanceof TenantError && !FAILURE_CLASSES[error.failureClass].retryable) return error.message;
  throw error;
};
