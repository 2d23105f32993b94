import type { ProvisioningResult, ProvisionTenant, ValidationVerdict } from '../tenant/operations.ts';
import { PHASES } from '../tenant/phases.ts';
import { Operation } from './operation.ts';
import { provisionPhases } from './provisioning-phases.ts';
import { answerWithVerdict } from './verdict.ts';

/** Provision a tenant: the mission's nine phases; a retry executes only those not yet completed. */
export async function provisionTenant(request: ProvisionTenant): Promise<ProvisioningResult> {
  const operation = new Operation('PROVISIONING', request, PHASES);
  const { input } = operation;
  const answer = answerWithVerdict<ValidationVerdict>();

  return operation.run(async () => {
    const verdict = await operation.first('VALIDATE', () => answer(operation.activities('VALIDATE').validate({ ...input, tenant: request.tenant })));
    if (!verdict.accepted) return { result: 'REFUSED', violations: verdict.violations };
    operation.resume(verdict);

    await provisionPhases(operation);
    return { result: 'ACTIVE', tenantId: input.tenantId, slug: input.slug };
  });
}
