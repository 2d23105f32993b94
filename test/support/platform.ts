import { z } from 'zod';
import { everyItem } from '../../connectors/platform/pages.ts';
import { createServiceClient } from '../../connectors/platform/service-client.ts';
import { endpoints, serviceEnvironment } from './endpoints.ts';

const client = (service: 'iam' | 'config') => createServiceClient(service, endpoints().standIns[service], {
  SERVICE_JWT_SECRET: serviceEnvironment()['SERVICE_JWT_SECRET'] ?? '', SERVICE_CALL_TIMEOUT_SECONDS: 10,
});

/** What the config-service holds of a tenant. */
export const configurationOf = async (tenantId: string): Promise<{ entries: Record<string, string>; flags: Record<string, boolean> }> => {
  const config = client('config');
  const entries = await everyItem(config, { path: `/api/v1/configs/tenant/${tenantId}`, tenantId }, z.object({ configKey: z.string(), configValue: z.string() }));
  const flags = await everyItem(config, { path: `/api/v1/feature-flags/tenant/${tenantId}`, tenantId }, z.object({ flagKey: z.string(), enabled: z.boolean() }));
  return {
    entries: Object.fromEntries(entries.map(({ configKey, configValue }) => [configKey, configValue])),
    flags: Object.fromEntries(flags.map(({ flagKey, enabled }) => [flagKey, enabled])),
  };
};

/** Gives a tenant users beside its admin; returns how to remove them. */
export const addUsers = async (tenantId: string, slug: string, count: number): Promise<() => Promise<void>> => {
  const iam = client('iam');
  const ids: string[] = [];
  for (let number = 1; number <= count; number += 1) {
    const answer = await iam.send({
      method: 'POST', path: '/api/v1/users', tenantId,
      body: { email: `user-${number}@${slug}.example`, firstName: 'User', lastName: String(number), roleIds: ['viewer'] },
    });
    ids.push(answer.read(z.object({ id: z.string() })).id);
  }
  return async () => {
    for (const id of ids) await iam.send({ method: 'DELETE', path: `/api/v1/users/${id}`, tenantId });
  };
};
