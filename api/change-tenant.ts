import { parseChangeTier, parseConfiguration } from '../tenant/change-tenant.ts';
import type { ParsedRequest } from '../tenant/create-tenant.ts';
import type { ReconfigureTenant } from '../tenant/operations.ts';
import type { ChangeTier } from '../tenant/tier-change.ts';
import type { ApiDependencies } from './dependencies.ts';
import { startJudged } from './judged-start.ts';
import type { Answer, MutationContext } from './mutations.ts';
import { violationsProblem } from './problems.ts';
import { operateOnTenant, type TenantOperation } from './tenant-operations.ts';

/** The parsed body; throws 400 with every violation. */
export const read = <T>(parsed: ParsedRequest<T>): T => {
  if (!parsed.ok) throw violationsProblem('INVALID_REQUEST', parsed.violations);
  return parsed.value;
};

/** PUT …/tier: starts a tier change, or refuses it with everything that does not fit, which its run finds out. */
export const changeTier = async (dependencies: ApiDependencies, context: MutationContext, tenantId: string): Promise<Answer> => {
  const extra = read(parseChangeTier(context.request.body));
  const operation: TenantOperation<ChangeTier> = { kind: 'TIER_CHANGE', workflowType: 'changeTier', verb: `Change to ${extra.tier}:`, extra, start: startJudged };
  return operateOnTenant(dependencies, context, tenantId, operation);
};

/** PUT …/configuration: starts a reconfiguration. */
export const reconfigureTenant = async (dependencies: ApiDependencies, context: MutationContext, tenantId: string): Promise<Answer> => {
  const extra = { configuration: read(parseConfiguration(context.request.body)) };
  const operation: TenantOperation<ReconfigureTenant> = { kind: 'RECONFIGURATION', workflowType: 'reconfigureTenant', verb: 'Reconfigure', extra };
  return operateOnTenant(dependencies, context, tenantId, operation);
};
