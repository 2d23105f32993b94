/**
 * Effect: the tenant is DELETING and nothing acts or writes for it any more: its tokens are revoked in IAM and refused by our own API,
 * everything in its namespace is stopped, its database role cannot log in. What is exported next is complete.
 * Idempotent: each part can be repeated; what is stopped or locked already stays so. Converges: the status is set first and never goes back.
 */
import type { Kubernetes } from '../../connectors/kubernetes/interface.ts';
import type { WorkerSettings } from '../../settings/worker.ts';
import { TenantError } from '../../tenant/errors.ts';
import { auditMessage } from '../../tenant/messages.ts';
import type { OperationInput } from '../../tenant/operations.ts';
import { assertMarked } from '../../tenant/ownership.ts';
import type { Tenant } from '../../tenant/tenant.ts';
import { deliverAtOnce } from '../outbox.ts';
import { enterToTearDown } from '../owned-namespace.ts';
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';
import { tenantDatabaseOf } from '../tenant-database.ts';
import { waits } from '../trouble.ts';
import { stopForGood } from '../workloads/stop-workloads.ts';

const REASON = 'the tenant is being deleted';

export const markDeleting = (dependencies: ActivityDependencies) => {
  const { connectors: { dataPlaneDatabase, iam, kubernetes }, projection, settings } = dependencies;
  return phaseActivity(dependencies, 'MARK_DELETING', async ({ operation }, _input: OperationInput) => {
    const { tenant } = operation;
    const request = await projection.deletions.confirmed(tenant.id);
    // A run started in the Web UI has no confirmation.
    if (!request && tenant.status !== 'DELETING') throw new TenantError('INVALID_REQUEST', `the deletion of ${tenant.slug} was not confirmed`);
    await projection.updateTenant(operation, { status: 'DELETING' }, (_deleting, before) => [auditMessage(operation, tenant, {
      eventType: 'TENANT_DELETION_STARTED', action: 'DELETE', previousState: before.status, newState: 'DELETING',
    })]);

    const notBefore = await projection.revokeTokens(operation, REASON);
    const revoked = await iam.revokeTokens(tenant.id, notBefore, REASON);
    const { stopped, left } = await stopAll(kubernetes, tenant, settings);
    const database = tenantDatabaseOf(tenant);
    assertMarked({ what: `role ${database.role}`, ownership: await dataPlaneDatabase.lockRole(database), isRecorded: tenant.holdings.role !== undefined });
    await deliverAtOnce(dependencies, tenant.id);
    return { notBefore: notBefore.toISOString(), revoked, stopped, left };
  }, { patience: waits(3, 'POD_TERMINATION_TIMEOUT_SECONDS') });
};

/** A missing or terminating namespace runs nothing that could be stopped. */
const stopAll = async (kubernetes: Kubernetes, tenant: Tenant, settings: WorkerSettings): Promise<{ stopped: string[]; left: string[] }> => {
  if ((await enterToTearDown(kubernetes, tenant, settings)).state !== 'entered') return { stopped: [], left: [] };
  const { replicas, suspended, left } = await stopForGood(kubernetes, tenant.namespace, settings.POD_TERMINATION_TIMEOUT_SECONDS * 1000);
  return { stopped: [...Object.keys(replicas), ...suspended], left };
};
