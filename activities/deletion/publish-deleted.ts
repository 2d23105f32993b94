/**
 * Effect: audit events that came during the certificate's issue are archived too. TENANT_DELETED and the notification of the admin are
 * delivered, or wait in the outbox. The record is removed by then; the operation has a copy.
 * Idempotent and convergent: an archived part is not archived again; a delivered message is not sent again.
 */
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';
import { deliverAtOnce } from '../outbox.ts';
import { QUARTER_HOUR } from '../trouble.ts';
import { archiveAudit } from './audit-archive.ts';

export const publishDeleted = (dependencies: ActivityDependencies) => {
  const { connectors, projection } = dependencies;
  return phaseActivity(dependencies, 'PUBLISH_DELETED', async ({ operation }) => {
    const { operationId, tenantId } = operation;
    const delivered = await deliverAtOnce(dependencies, tenantId);
    const archived = (await projection.deletions.certificate(tenantId))?.audit.events ?? 0;
    for (const part of await archiveAudit(connectors, { tenantId, operationId, from: archived })) await projection.deletions.addPart(operation, part);
    return { delivered };
  }, { patience: QUARTER_HOUR });
};
