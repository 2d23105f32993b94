import type { OperationRequest, StatusResult } from '../tenant/operations.ts';
import { OPERATION_STEPS } from '../tenant/steps.ts';
import { Operation } from './operation.ts';
import type { Restoration } from './restoration.ts';

/** Reactivates a suspended tenant. The tenant becomes ACTIVE only after all services are healthy. */
export async function reactivateTenant(request: OperationRequest): Promise<StatusResult<'ACTIVE'>> {
  const operation = new Operation('REACTIVATION', request, OPERATION_STEPS.REACTIVATION);
  const { input } = operation;

  return operation.run(async () => {
    await operation.begin();
    const restoration = operation.isCompleted('MARK_ACTIVE') ? undefined : stoppedAgain(operation);
    await operation.phase('SCALE_UP', () => {
      restoration?.reach('workloads');
      return operation.activities('SCALE_UP', { pace: 'waiting' }).scaleUp(input);
    });
    await operation.phase('VERIFY', () => operation.activities('VERIFY').verify(input));
    await operation.phase('MARK_ACTIVE', () => operation.activities('MARK_ACTIVE').markActive(input), { pointOfNoReturn: true });
    await operation.phase('PUBLISH_ACTIVATED', () => operation.activities('PUBLISH_ACTIVATED').publishActivated(input));
    return { result: 'ACTIVE', tenantId: input.tenantId, slug: input.slug };
  });
}

/** SUSPENDED means that nothing runs. An unsuccessful run stops everything again, so the next run starts everything again. */
const stoppedAgain = (operation: Operation): Restoration => {
  operation.repeat(['SCALE_UP', 'VERIFY']);
  const restore = () => operation.activities('SCALE_DOWN', { pace: 'waiting' }).scaleDown(operation.input);
  return operation.restoreBy('SCALE_DOWN', [{ name: 'workloads', restore }]);
};
