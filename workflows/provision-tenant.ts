import { condition, defineUpdate, setHandler } from '@temporalio/workflow';
import { VERDICT_UPDATE, type ProvisioningResult, type ProvisionTenant, type ValidationVerdict } from '../tenant/operations.ts';
import { PHASES } from '../tenant/phases.ts';
import { asRunFailure } from './failure-reason.ts';
import { Operation } from './operation.ts';
import { provisionPhases } from './provisioning-phases.ts';

/** By which POST /tenants learns what VALIDATE found, in the same call that starts the run. */
export const verdictUpdate = defineUpdate<ValidationVerdict>(VERDICT_UPDATE);

/** Provision a tenant: the mission's nine phases; a retry executes only those not yet completed. */
export async function provisionTenant(request: ProvisionTenant): Promise<ProvisioningResult> {
  const operation = new Operation('PROVISIONING', request, PHASES);
  const { input } = operation;
  const answer = answerWithVerdict();

  return operation.run(async () => {
    const verdict = await operation.first('VALIDATE', () => answer(operation.activities('VALIDATE').validate({ ...input, tenant: request.tenant })));
    if (!verdict.accepted) return { result: 'REFUSED', violations: verdict.violations };
    operation.resume(verdict);

    await provisionPhases(operation);
    return { result: 'ACTIVE', tenantId: input.tenantId, slug: input.slug };
  });
}

/** Sets up the update's handler; returns what to pass VALIDATE's promise through, so that the handler answers with its outcome. */
const answerWithVerdict = () => {
  let validation: Promise<ValidationVerdict> | undefined;
  setHandler(verdictUpdate, async () => {
    await condition(() => validation !== undefined);
    return validation!.catch((error: unknown) => { throw asRunFailure(error); });
  });
  return (begun: Promise<ValidationVerdict>): Promise<ValidationVerdict> => validation = begun;
};
