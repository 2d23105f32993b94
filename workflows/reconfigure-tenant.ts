import type { ReconfigurationResult, ReconfigureTenant } from '../tenant/operations.ts';
import { OPERATION_STEPS } from '../tenant/steps.ts';
import { Operation } from './operation.ts';

/**
 * Replaces a tenant's configuration. A failed step or a cancel restores the old one. A reset repeats all steps, because the previous run
 * was restored.
 */
export async function reconfigureTenant(request: ReconfigureTenant): Promise<ReconfigurationResult> {
  const operation = new Operation('RECONFIGURATION', request, OPERATION_STEPS.RECONFIGURATION);
  const input = { ...operation.input, configuration: request.configuration };
  return operation.run(async () => {
    await operation.begin();
    operation.repeat(OPERATION_STEPS.RECONFIGURATION);
    const restoration = operation.restoreBy('RETURN_CONFIGURATION', [
      { name: 'configuration', restore: () => operation.activities('RETURN_CONFIGURATION').returnConfiguration(operation.input) },
    ]);
    await operation.phase('CONFIGURE', () => {
      restoration.reach('configuration');
      return operation.activities('CONFIGURE').reconfigure(input);
    });
    await operation.phase('ANNOUNCE_CONFIGURATION', () =>
      operation.activities('ANNOUNCE_CONFIGURATION').announceConfiguration(input), { pointOfNoReturn: true });
    return { tenantId: input.tenantId, slug: input.slug };
  });
}
