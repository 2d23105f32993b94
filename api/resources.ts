import type { OperationRow } from '../projection/rows.ts';
import type { PhaseOutput } from '../projection/interface.ts';
import { findProvisioningState, newestOperation } from '../projection/queries.ts';
import type { Phase } from '../tenant/phases.ts';
import type { TeardownStep } from '../tenant/steps.ts';
import type { ResourcesView } from '../tenant/views.ts';
import type { ApiDependencies } from './dependencies.ts';
import { findLivingTenant } from './visible-tenant.ts';

/** What each phase makes, and the step that takes it back. */
const MADE: Readonly<Partial<Record<Phase, TeardownStep>>> = {
  CREATE_NAMESPACE: 'REMOVE_NAMESPACE',
  DEPLOY_SECRETS: 'REMOVE_NAMESPACE',
  DEPLOY_DATABASES: 'DROP_DATABASES',
  DEPLOY_SERVICES: 'UNINSTALL_RELEASES',
  DEPLOY_INGRESS: 'WITHDRAW_INGRESS',
  CONFIGURE: 'REMOVE_CONFIGURATION',
  ACTIVATE: 'REMOVE_REGISTRATIONS',
};

/** GET …/resources: what the completed phases made and nothing has taken back, as the projection knows it. No outside system is asked. */
export const tenantResources = async (dependencies: ApiDependencies, tenantId: string): Promise<ResourcesView> => {
  const tenant = await findLivingTenant(dependencies, tenantId);
  const [state, newest] = [await findProvisioningState(dependencies.pool, tenantId), await newestOperation(dependencies.pool, tenantId)];
  const exists = (phase: Phase): PhaseOutput | null => (isTakenBack(newest, MADE[phase]) ? null : state?.phaseOutputs[phase] ?? null);
  return {
    tenantId,
    slug: tenant.slug,
    namespace: exists('CREATE_NAMESPACE'),
    secrets: exists('DEPLOY_SECRETS'),
    database: exists('DEPLOY_DATABASES'),
    services: exists('DEPLOY_SERVICES'),
    ingress: exists('DEPLOY_INGRESS'),
    configuration: exists('CONFIGURE'),
    registrations: exists('ACTIVATE'),
  };
};

/** A reprovision's outputs are of what it made after it had taken everything back. */
const isTakenBack = (newest: OperationRow | null, step: TeardownStep | undefined): boolean =>
  newest !== null && newest.kind !== 'REPROVISION' && step !== undefined && step in newest.phaseOutputs;
