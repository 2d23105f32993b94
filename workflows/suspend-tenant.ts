import type { OperationRequest, StatusResult } from '../tenant/operations.ts';
import { OPERATION_STEPS } from '../tenant/steps.ts';
import { Operation } from './operation.ts';

/**
 * Suspends a tenant. Tokens are revoked before the scale-down, because protection comes before savings. Data, releases, DNS zone and
 * certificate stay. A failed suspension leaves the tenant SUSPENDED.
 */
export async function suspendTenant(request: OperationRequest): Promise<StatusResult<'SUSPENDED'>> {
  const operation = new Operation('SUSPENSION', request, OPERATION_STEPS.SUSPENSION);
  const { input } = operation;

  return operation.run(async () => {
    await operation.begin();
    await operation.phase('MARK_SUSPENDED', () => operation.activities('MARK_SUSPENDED').markSuspended(input));
    await operation.phase('REVOKE_TOKENS', () => operation.activities('REVOKE_TOKENS').revokeTokens(input));
    await operation.phase('SCALE_DOWN', () => operation.activities('SCALE_DOWN', { pace: 'waiting' }).scaleDown(input));
    await operation.phase('PUBLISH_SUSPENDED', () => operation.activities('PUBLISH_SUSPENDED').publishSuspended(input));
    return { result: 'SUSPENDED', tenantId: input.tenantId, slug: input.slug };
  });
}
