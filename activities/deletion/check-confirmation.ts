/**
 * Effect: a verdict on one confirmation is on record, for the workflow and for whoever sent it; a wrong one costs a try.
 * Idempotent: the run counts its confirmations, and one that has its verdict is not judged again.
 * Converges: the codes are derived anew each time; nothing but the verdict is kept.
 */
import type { DeletionRequestRow } from '../../projection/deletion-rows.ts';
import { deletionCode, isSameCode, isSignedConfirmation } from '../../tenant/deletion-code.ts';
import type { CheckConfirmationInput, Confirmation, ConfirmationVerdict } from '../../tenant/deletion.ts';
import { TenantError } from '../../tenant/errors.ts';
import { inActivity, type ActivityDependencies } from '../phase-activity.ts';

/** Who a code came from that nobody signed for: somebody who may write to Temporal. */
const UNKNOWN = 'temporal';

export const checkConfirmation = ({ projection, settings }: ActivityDependencies) =>
  (input: CheckConfirmationInput): Promise<ConfirmationVerdict> => inActivity(input, async ({ runId }) => {
    const { originalRunId, number, confirmation } = input;
    const request = await projection.deletions.find(originalRunId);
    if (!request) throw new TenantError('CONFLICT', 'this deletion was never requested');

    const sender = await senderOf(settings.DELETION_CODE_KEY, request, confirmation);
    const admin = await adminOf(settings.DELETION_CODE_KEY, request, confirmation, sender);
    return projection.deletions.decide(originalRunId, { runId, number, requestId: confirmation.requestId, admin, sender: sender ?? UNKNOWN });
  });

/** Who sent it, if the API vouches for them. An unsigned name is not believed. */
const senderOf = async (key: string, { tenantId, originalRunId }: DeletionRequestRow, { code, actor, signature }: Confirmation): Promise<string | undefined> =>
  actor && signature && await isSignedConfirmation(key, { tenantId, originalRunId, actor, code }, signature) ? actor : undefined;

/**
 * The admin whose code it is, null if it is nobody's. With one admin the code alone counts; with two it has to come from the admin it was
 * sent to, so undefined where nobody vouches for the sender.
 */
const adminOf = async (key: string, request: DeletionRequestRow, { code }: Confirmation, sender: string | undefined): Promise<string | null | undefined> => {
  const { tenantId, originalRunId, nonce, requestedBy, approver } = request;
  if (approver !== null && sender === undefined) return undefined;
  const owner = approver === null ? requestedBy : sender;
  if (owner !== requestedBy && owner !== approver) return null;
  const right = await isSameCode(key, await deletionCode(key, { tenantId, originalRunId, nonce, admin: owner }), code);
  if (!right) return null;
  return approver === null ? sender ?? UNKNOWN : owner;
};
