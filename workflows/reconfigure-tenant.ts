import type { ReconfigurationResult, ReconfigureTenant } from '../tenant/operations.ts';
import { OPERATION_STEPS } from '../tenant/steps.ts';
import { Operation } from './operation.ts';

/**
 * Give a tenant a new configuration in place of its old one, which comes back when a step fails or a cancel comes.
 * A reset goes through all steps again: what the run before had done was taken back.
 */
export async function reconfigureTenant(request: ReconfigureTenant): Promise<ReconfigurationResult> {
  const operation = new Operation('RECONFIGURATION', request, OPERATION_STEPS.RECONFIGURATION);
  const input = { ...operation.input, configuration: request.configuration };
  return operation.run(async () => {
    await operation.begin();
    operation.repeat(OPERATION_STEPS.RECONFIGURATION);
    operation.returnBy('RETURN_CONFIGURATION', () =>
      operation.activities('RETURN_CONFIGURATION').returnConfiguration(operation.input));
    await operation.phase('CONFIGURE', () => operation.activities('CONFIGURE').reconfigure(input));
    await operation.phase('ANNOUNCE_CONFIGURATION', () =>
      operation.activities('ANNOUNCE_CONFIGURATION').announceConfiguration(input), { pointOfNoReturn: true });
    return { tenantId: input.tenantId, slug: input.slug };
  });
}
