import type { OperationRequest, RemovalResult } from '../tenant/operations.ts';
import { OPERATION_STEPS } from '../tenant/steps.ts';
import { Operation } from './operation.ts';

/** Take a provisioning that did not succeed back, whatever its runs and retries made; the slug is free again afterwards. */
export async function rollbackTenant(request: OperationRequest): Promise<RemovalResult> {
  const operation = new Operation('ROLLBACK', request, OPERATION_STEPS.ROLLBACK);
  return operation.run(async () => {
    await operation.begin();
    await operation.teardown();
    await operation.phase('REMOVE_TENANT', () => operation.activities('REMOVE_TENANT').removeTenant(operation.input), { pointOfNoReturn: true });
    return { result: 'REMOVED', tenantId: request.tenantId, slug: request.slug };
  });
}
