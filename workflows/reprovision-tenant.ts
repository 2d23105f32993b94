import type { OperationRequest, ProvisioningResult } from '../tenant/operations.ts';
import { OPERATION_STEPS } from '../tenant/steps.ts';
import { Operation } from './operation.ts';
import { provisionPhases } from './provisioning-phases.ts';

/** Take a provisioning that did not succeed back and provision the tenant anew. */
export async function reprovisionTenant(request: OperationRequest): Promise<ProvisioningResult> {
  const operation = new Operation('REPROVISION', request, OPERATION_STEPS.REPROVISION);
  return operation.run(async () => {
    await operation.begin();
    await operation.teardown();
    await provisionPhases(operation);
    return { result: 'ACTIVE', tenantId: request.tenantId, slug: request.slug };
  });
}
