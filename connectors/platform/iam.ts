import { z } from 'zod';
import type { WorkerSettings } from '../../settings/worker.ts';
import { TenantError } from '../../tenant/errors.ts';
import { answerError } from './answer-error.ts';
import type { Iam, IamUser } from './interface.ts';
import { everyItem } from './pages.ts';
import { createServiceClient, type ServiceSettings } from './service-client.ts';

const SERVICE = 'iam-service';

const userSchema = z.object({ id: z.string(), email: z.string(), tenantId: z.string() });

const sameAddress = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

/** The iam-service. Its search is a substring search, so exact matches are made here. */
export const createIam = (settings: ServiceSettings & Pick<WorkerSettings, 'IAM_URL'>): Iam => {
  const client = createServiceClient(SERVICE, settings.IAM_URL, settings);

  const findUserByEmail = async (email: string): Promise<IamUser | undefined> => {
    const found = await everyItem(client, { path: '/api/v1/users', query: { search: email } }, userSchema);
    return found.find((user) => sameAddress(user.email, email));
  };

  /** The user, if it is this tenant's; an address that another tenant's user has is a CONFLICT. */
  const own = (user: IamUser, tenantId: string): IamUser => {
    if (user.tenantId === tenantId) return user;
    throw new TenantError('CONFLICT', 'the admin\'s e-mail address belongs to a user of another tenant');
  };

  return {
    findUserByEmail,

    async ensureAdmin({ tenantId, email, name, idempotencyKey }) {
      const present = await findUserByEmail(email);
      if (present) return own(present, tenantId);
      const answer = await client.send({
        method: 'POST',
        path: '/api/v1/users',
        tenantId,
        idempotencyKey,
        body: { email, firstName: name, lastName: 'Administrator', roleIds: ['tenant_admin'] },
        accept: [400],
      });
      if (answer.status !== 400) return answer.read(userSchema);
      // The service says 400, not 409, when the address exists: somebody was faster, or an earlier reply was lost.
      const taken = await findUserByEmail(email);
      if (taken) return own(taken, tenantId);
      throw answerError(SERVICE, 400, JSON.stringify(answer.read(z.unknown())));
    },

    async listUsers(tenantId) {
      const users = await everyItem(client, { path: '/api/v1/users', query: { tenantId }, tenantId }, userSchema);
      return users.filter((user) => user.tenantId === tenantId);
    },

    async removeUser({ id, tenantId }) {
      await client.send({ method: 'DELETE', path: `/api/v1/users/${encodeURIComponent(id)}`, tenantId, accept: [404] });
    },

    async revokeTokens(tenantId, notBefore, reason) {
      const answer = await client.send({
        method: 'POST',
        path: `/api/v1/tenants/${encodeURIComponent(tenantId)}/token-revocations`,
        tenantId,
        body: { notBefore: notBefore.toISOString(), reason },
      });
      return answer.read(z.object({ revoked: z.number() })).revoked;
    },
  };
};
