import type { OperationRequest, StatusResult } from '../tenant/operations.ts';
import { OPERATION_STEPS } from '../tenant/steps.ts';
import { Operation } from './operation.ts';

/** Reactivate a suspended tenant. It is ACTIVE only once all services are healthy. */
export async function reactivateTenant(request: OperationRequest): Promise<StatusResult<'ACTIVE'>> {
  const operation = new Operation('REACTIVATION', request, OPERATION_STEPS.REACTIVATION);
  const { input } = operation;

  return operation.run(async () => {
    await operation.begin();
    if (!operation.isCompleted('MARK_ACTIVE')) {
      // SUSPENDED means that nothing runs: an unsuccessful run stops everything again, so the next one starts everything again.
      operation.repeat(['SCALE_UP', 'VERIFY']);
      operation.returnBy('SCALE_DOWN', () => operation.activities('SCALE_DOWN', { pace: 'waiting' }).scaleDown(input));
    }
    await operation.phase('SCALE_UP', () => operation.activities('SCALE_UP', { pace: 'waiting' }).scaleUp(input));
    await operation.phase('VERIFY', () => operation.activities('VERIFY').verify(input));
    await operation.phase('MARK_ACTIVE', () => operation.activities('MARK_ACTIVE').markActive(input), { pointOfNoReturn: true });
    await operation.phase('PUBLISH_ACTIVATED', () => operation.activities('PUBLISH_ACTIVATED').publishActivated(input));
    return { result: 'ACTIVE', tenantId: input.tenantId, slug: input.slug };
  });
}
