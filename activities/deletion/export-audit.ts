/**
 * Effect: the tenant's audit events are in long-term storage, with a manifest, and were read back. Nothing has been destroyed yet.
 * Idempotent: a range of the log that was archived already is found to be the same. Converges: an attempt that died leaves at most a
 * complete blob that no certificate names.
 */
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';
import { archiveAudit } from './audit-archive.ts';

export const exportAudit = (dependencies: ActivityDependencies) => phaseActivity(dependencies, 'EXPORT_AUDIT', async ({ operation: { operationId, tenantId } }) =>
  ({ part: await archiveAudit(dependencies.connectors, { tenantId, operationId, from: 0 }) }));
