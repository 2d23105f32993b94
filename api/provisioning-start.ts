import type { ProvisionTenant } from '../tenant/operations.ts';
import type { CreateTenant, Tenant } from '../tenant/tenant.ts';
import { cut } from '../tenant/text.ts';
import type { MutationContext } from './mutations.ts';
import type { OperationStart } from './start-operation.ts';

/** The start of a provisioning or of its retry, as the Web UI shows it. */
export const provisioningStart = (
  tenantId: string, request: CreateTenant, { actor, requestId }: Pick<MutationContext, 'actor' | 'requestId'>, verb: 'Provision' | 'Retry',
): OperationStart<ProvisionTenant> => {
  const { name, slug, tier, cloudProvider, region, adminEmail } = request;
  return {
    kind: 'PROVISIONING',
    workflowType: 'provisionTenant',
    tenant: { id: tenantId, slug, tier },
    input: { tenantId, slug, actor, requestId, tenant: request },
    summary: cut(`${verb} ${name} (${slug}, ${tier}, ${cloudProvider} ${region})`, 200),
    details: [`**Tenant** ${name}`, `**Slug** \`${slug}\``, `**Tier** ${tier}`, `**Cloud** ${cloudProvider} ${region}`, `**Admin** ${adminEmail}`, `**Asked for by** ${actor}`].join('  \n'),
  };
};

/** The request a tenant was created with, for running its provisioning again. */
export const requestOf = ({ name, slug, tier, adminEmail, cloudProvider, region, quota, configuration, settings }: Tenant): CreateTenant => ({
  name, slug, tier, adminEmail, cloudProvider, region, configuration, settings, ...(quota && { quota }),
});
