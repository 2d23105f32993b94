import { activityInfo } from '@temporalio/activity';
import type { Connectors } from '../../connectors/connectors.ts';
import type { ArchivePart } from '../../tenant/deletion-certificate.ts';
import { TenantError } from '../../tenant/errors.ts';
import { archivedPart, archivePart } from './audit-part.ts';

export interface AuditExport {
  tenantId: string;
  operationId: string;
  /** Position of the first event in the tenant's audit log. */
  from: number;
}

/** Share of an attempt's time after which no new part begins. The rest is for the part in progress. */
const SHARE_OF_ATTEMPT = 0.8;

/**
 * Archives the audit events from a position up to the newest, in parts of bounded size. Each part has a manifest and is read back. A part
 * is identified by its first position, so a repetition continues after the last complete part. An attempt near its time limit ends
 * NOT_READY after at least one new part. So an export of any size completes.
 */
export const archiveAudit = async (
  { archive, audit }: Pick<Connectors, 'archive' | 'audit'>, { tenantId, operationId, from }: AuditExport,
): Promise<ArchivePart[]> => {
  const until = Date.now() + activityInfo().startToCloseTimeoutMs * SHARE_OF_ATTEMPT;
  const { total } = await audit.page(tenantId, 0, 1);
  const parts: ArchivePart[] = [];
  let hasProgressed = false;
  for (let next = from; next < total;) {
    if (hasProgressed && Date.now() > until) throw new TenantError('NOT_READY', `${next} of ${total} audit events are archived; the export goes on`, { details: { hasProgressed: true } });
    const start = { tenantId, operationId, from: next };
    let part = await archivedPart(archive, start);
    if (!part) {
      part = await archivePart({ archive, audit }, start, total);
      hasProgressed = true;
    }
    parts.push(part);
    next += part.count;
  }
  return parts;
};
