/**
 * Effect: the tenant's audit events are in long-term storage, in parts with a manifest each, and were read back. Nothing has been
 * destroyed yet.
 * Idempotent: a part that was archived already is found by its manifest. Converges: the next attempt goes on after the last complete part,
 * and keeps the events of one without a manifest if they are those of the log.
 */
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';
import { archiveAudit } from './audit-archive.ts';

export const exportAudit = (dependencies: ActivityDependencies) => phaseActivity(dependencies, 'EXPORT_AUDIT', async ({ operation: { operationId, tenantId } }) =>
  ({ parts: await archiveAudit(dependencies.connectors, { tenantId, operationId, from: 0 }) }));
