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
import type { Tenant } from '../../tenant/tenant.ts';
import { deliverAtOnce } from '../outbox.ts';
import { ownedNamespace } from '../owned-namespace.ts';
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';
import { enterNamespace } from '../provisioning/create-namespace/claim-namespace.ts';
import { tenantDatabaseOf } from '../tenant-database.ts';
import { waits } from '../trouble.ts';
import { stopWorkloads } from '../workloads/stop-workloads.ts';

const REASON = 'the tenant is being deleted';

export const markDeleting = (dependencies: ActivityDependencies) => {
  const { connectors: { dataPlaneDatabase, iam, kubernetes }, projection, settings } = dependencies;
  return phaseActivity(dependencies, 'MARK_DELETING', async ({ operation }, _input: OperationInput) => {
    const { tenant } = operation;
    const request = await projection.deletions.confirmed(tenant.id);
    // A run that is started in the Web UI has had no confirmation.
    if (!request && tenant.status !== 'DELETING') throw new TenantError('INVALID_REQUEST', `the deletion of ${tenant.slug} was not confirmed`);
    await projection.updateTenant(operation, { status: 'DELETING' }, (_deleting, before) => [auditMessage(operation, tenant, {
      eventType: 'TENANT_DELETION_STARTED', action: 'DELETE', previousState: before.status, newState: 'DELETING',
    })]);

    const notBefore = await projection.revokeTokens(operation, REASON);
    const revoked = await iam.revokeTokens(tenant.id, notBefore, REASON);
    const stopped = await stopAll(kubernetes, tenant, settings);
    await dataPlaneDatabase.lockRole(tenantDatabaseOf(tenant));
    await deliverAtOnce(dependencies, tenant.id);
    return { notBefore: notBefore.toISOString(), revoked, stopped };
  }, { patience: waits(3, 'POD_TERMINATION_TIMEOUT_SECONDS') });
};

/** A namespace that is not there, or on its way out, runs nothing that could be stopped. */
const stopAll = async (kubernetes: Kubernetes, tenant: Tenant, settings: WorkerSettings): Promise<string[]> => {
  const namespace = await ownedNamespace(kubernetes, tenant);
  if (!namespace || namespace.metadata?.deletionTimestamp) return [];
  // A provisioning may have ended between the namespace and our binding in it.
  await enterNamespace(kubernetes, tenant, settings.CONTROL_PLANE_NAMESPACE);
  const { replicas, suspended } = await stopWorkloads(kubernetes, tenant.namespace, settings.POD_TERMINATION_TIMEOUT_SECONDS * 1000);
  return [...Object.keys(replicas), ...suspended];
};
