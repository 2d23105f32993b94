import { z } from 'zod';
import type { WorkerSettings } from '../../settings/worker.ts';
import type { Infrastructure } from './interface.ts';
import { createServiceClient, type ServiceSettings } from './service-client.ts';

const availabilitySchema = z.object({ available: z.boolean(), reason: z.string().optional() });
const credentialSchema = z.object({ username: z.string().min(1), password: z.string().min(1) });

/** The infrastructure-service: regions, a tenant's principals for shared servers, the register of tenants. */
export const createInfrastructure = (settings: ServiceSettings & Pick<WorkerSettings, 'INFRASTRUCTURE_URL'>): Infrastructure => {
  const client = createServiceClient('infrastructure-service', settings.INFRASTRUCTURE_URL, settings);
  const tenantPath = (tenantId: string): string => `/api/v1/infrastructure/tenants/${encodeURIComponent(tenantId)}`;

  return {
    async regionAvailability(provider, region) {
      const path = `/api/v1/infrastructure/providers/${provider}/regions/${encodeURIComponent(region)}`;
      const answer = await client.send({ method: 'GET', path, accept: [404] });
      return answer.status === 404 ? undefined : answer.read(availabilitySchema);
    },

    async issueCredential(tenantId, system) {
      const answer = await client.send({ method: 'PUT', path: `${tenantPath(tenantId)}/credentials/${system}`, tenantId });
      return answer.read(credentialSchema);
    },

    async revokeCredential(tenantId, system) {
      await client.send({ method: 'DELETE', path: `${tenantPath(tenantId)}/credentials/${system}`, tenantId, accept: [404] });
    },

    async register(tenantId, registration) {
      await client.send({ method: 'PUT', path: tenantPath(tenantId), tenantId, body: registration });
    },

    async unregister(tenantId) {
      await client.send({ method: 'DELETE', path: tenantPath(tenantId), tenantId, accept: [404] });
    },

    async residue(tenantId) {
      const paths = { registration: tenantPath(tenantId), 'redis principal': `${tenantPath(tenantId)}/credentials/redis`, 'kafka principal': `${tenantPath(tenantId)}/credentials/kafka` };
      const answers = await Promise.all(Object.entries(paths).map(async ([what, path]) =>
        [what, await client.send({ method: 'GET', path, tenantId, accept: [404] })] as const));
      return answers.filter(([, { status }]) => status !== 404).map(([what]) => what);
    },
  };
};
