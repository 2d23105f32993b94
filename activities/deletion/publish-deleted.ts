/**
 * Effect: audit events that came while the certificate was issued are archived too, and TENANT_DELETED and the notification of the admin are
 * out, or go out as soon as their receivers take them. The record is gone by then; the operation holds a copy.
 * Idempotent and convergent: a part that is archived is not archived again; a message that is out is not sent again.
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
