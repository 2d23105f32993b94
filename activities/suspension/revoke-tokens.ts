/**
 * Effect: no token of the tenant's users that was issued until now is good any more: our own API honours the mark at once, the
 * iam-service blacklists what is live and keeps the same mark.
 * Idempotent: a repetition sets a later mark, while the tenant is still suspended.
 * Converges: our mark comes first, and both take a repetition.
 */
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';

const REASON = 'the tenant was suspended';

export const revokeTokens = (dependencies: ActivityDependencies) => {
  const { connectors: { iam }, projection } = dependencies;
  return phaseActivity(dependencies, 'REVOKE_TOKENS', async ({ operation }) => {
    const notBefore = await projection.revokeTokens(operation, REASON);
    const revoked = await iam.revokeTokens(operation.tenantId, notBefore, REASON);
    return { notBefore: notBefore.toISOString(), revoked };
  });
};
