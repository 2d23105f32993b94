/**
 * Effect: the deletion's own audit events are archived as further parts. One transaction issues the certificate, removes the tenant's
 * record, and writes TENANT_DELETED and the notification of the admin. From then on the slug is free; the id is never used again.
 * Idempotent: an issued certificate stays unchanged. Converges: the archive is complete before the record is removed.
 */
import { Context } from '@temporalio/activity';
import type { ArchivePart, DeletionCertificate } from '../../tenant/deletion-certificate.ts';
import type { AdmittedOperation } from '../../projection/interface.ts';
import { TenantError } from '../../tenant/errors.ts';
import { auditMessage, eventMessage } from '../../tenant/messages.ts';
import type { OperationInput } from '../../tenant/operations.ts';
import { TEARDOWN_STEPS } from '../../tenant/steps.ts';
import { adminMessage } from '../notify-admin.ts';
import { deliverAtOnce } from '../outbox.ts';
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';
import { QUARTER_HOUR } from '../trouble.ts';
import { archiveAudit } from './audit-archive.ts';

export const certify = (dependencies: ActivityDependencies) => {
  const { connectors, projection } = dependencies;
  return phaseActivity(dependencies, 'CERTIFY', async ({ operation }, _input: OperationInput) => {
    const { tenantId, operationId, tenant } = operation;
    const issued = await projection.deletions.certificate(tenantId);
    if (issued) return { issuedAt: issued.issuedAt };

    await projection.deletions.tell(operation, auditMessage(operation, tenant, { eventType: 'TENANT_DELETED', action: 'DELETE', previousState: 'DELETING' }));
    await deliverAtOnce(dependencies, tenantId);
    const late = await projection.outbox.waiting(tenantId, 'AUDIT');
    if (late > 0) throw new TenantError('NOT_READY', `${late} audit records of the deletion are not delivered yet; its archive must contain them`);
    const exported = (operation.phaseOutputs['EXPORT_AUDIT'] as { parts: ArchivePart[] }).parts;
    const later = await archiveAudit(connectors, { tenantId, operationId, from: eventsOf(exported) });
    const certificate = await certificateOf(dependencies, operation, [...exported, ...later]);
    await projection.deletions.certify(operation, certificate, [
      eventMessage(operation, 'TENANT_DELETED', tenant),
      adminMessage(dependencies, operation, tenant, { template: 'tenant-deleted', subject: `${tenant.name} has been deleted`, event: 'TENANT_DELETED' }),
    ]);
    return { issuedAt: certificate.issuedAt };
  }, { patience: QUARTER_HOUR });
};

const eventsOf = (parts: readonly ArchivePart[]): number => parts.reduce((sum, { count }) => sum + count, 0);

const certificateOf = async ({ projection }: ActivityDependencies, operation: AdmittedOperation, parts: readonly ArchivePart[]): Promise<DeletionCertificate> => {
  const { tenantId, operationId, actor, tenant: { slug, name, createdAt }, phaseOutputs } = operation;
  const request = await projection.deletions.confirmed(tenantId);
  return {
    tenantId, slug, name, operationId,
    requestedBy: request?.requestedBy ?? actor,
    confirmedBy: request?.confirmedBy ?? [],
    tenantCreatedAt: createdAt.toISOString(),
    deletionStartedAt: String(phaseOutputs['MARK_DELETING']?.['notBefore']),
    issuedAt: new Date().toISOString(),
    removed: Object.fromEntries(TEARDOWN_STEPS.map((step) => [step, phaseOutputs[step]])),
    residue: phaseOutputs['SCAN_RESIDUE']?.['residue'] as Record<string, number>,
    audit: { events: eventsOf(parts), parts },
    historyRetentionDays: await historyRetentionDays(),
  };
};

const SECONDS_A_DAY = 86_400;

/** What is known of the tenant's operations stays in Temporal for as long as its namespace keeps closed runs. */
const historyRetentionDays = async (): Promise<number | null> => {
  const { client, info } = Context.current();
  const { config } = await client.workflowService.describeNamespace({ namespace: info.workflowNamespace });
  const seconds = config?.workflowExecutionRetentionTtl?.seconds;
  return seconds ? Number(seconds) / SECONDS_A_DAY : null;
};
