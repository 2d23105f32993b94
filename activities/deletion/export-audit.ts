/**
 * Effect: the tenant's audit events are in long-term storage, in parts with a manifest each, and were read back. Nothing has been destroyed
 * yet.
 * Idempotent: an archived part is found by its manifest. Converges: the next attempt continues after the last complete part. It keeps
 * events without a manifest if they match the log.
 */
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';
import { archiveAudit } from './audit-archive.ts';

export const exportAudit = (dependencies: ActivityDependencies) => phaseActivity(dependencies, 'EXPORT_AUDIT', async ({ operation: { operationId, tenantId } }) =>
  ({ parts: await archiveAudit(dependencies.connectors, { tenantId, operationId, from: 0 }) }));
