import { z } from 'zod';
import type { WorkerSettings } from '../../settings/worker.ts';
import { TenantError } from '../../tenant/errors.ts';
import type { ConfigChange, ConfigService } from './interface.ts';
import { everyItem } from './pages.ts';
import { createServiceClient, type ServiceClient, type ServiceSettings } from './service-client.ts';

/** How our entries are told from those that people or other services made: `description` of an entry, tag of a flag. */
const MARK = 'managed-by:tenant-service';

const configSchema = z.looseObject({ id: z.string(), configKey: z.string(), description: z.string().optional() });
const flagSchema = z.looseObject({ id: z.string(), flagKey: z.string(), tags: z.unknown().optional() });

/** An entry or flag as the service holds it. */
interface Held {
  id: string;
  key: string;
  ours: boolean;
  fields: Readonly<Record<string, unknown>>;
}

/** The two collections of the service differ in their path and in the names of their fields. */
interface Collection {
  path: string;
  held: (tenantId: string) => Promise<Held[]>;
}

/** What a collection should hold under a key: the fields to send and to compare. */
type Wanted = ReadonlyMap<string, Readonly<Record<string, unknown>>>;

/** The config-service. It has no upsert: what is there is read first, then created, replaced or removed. */
export const createConfigService = (settings: ServiceSettings & Pick<WorkerSettings, 'CONFIG_SERVICE_URL'>): ConfigService => {
  const client = createServiceClient('config-service', settings.CONFIG_SERVICE_URL, settings);

  const configs: Collection = {
    path: '/api/v1/configs',
    held: async (tenantId) => (await everyItem(client, { path: `/api/v1/configs/tenant/${tenantId}`, tenantId }, configSchema))
      .map((fields) => ({ id: fields.id, key: fields.configKey, ours: fields.description === MARK, fields })),
  };
  const flags: Collection = {
    path: '/api/v1/feature-flags',
    held: async (tenantId) => (await everyItem(client, { path: `/api/v1/feature-flags/tenant/${tenantId}`, tenantId }, flagSchema))
      .map((fields) => ({ id: fields.id, key: fields.flagKey, ours: Array.isArray(fields.tags) && fields.tags.includes(MARK), fields })),
  };

  return {
    applyConfiguration: (tenantId, environment, entries) => apply(client, configs, tenantId, new Map(entries.map((entry) => [entry.key, {
      tenantId, configKey: entry.key, configValue: entry.value, category: entry.category, description: MARK, environment,
      valueType: entry.valueType, encrypted: false,
    }]))),

    applyFeatureFlags: (tenantId, wanted) => apply(client, flags, tenantId, new Map(wanted.map(({ key, enabled }) => [key, {
      tenantId, flagKey: key, displayName: key, flagType: 'BOOLEAN', enabled, defaultValue: false, rolloutPercentage: 100, tags: [MARK],
    }]))),

    async removeAll(tenantId) {
      let removed = 0;
      for (const { path, held } of [configs, flags]) {
        for (const { id } of await held(tenantId)) {
          await remove(client, path, tenantId, id);
          removed += 1;
        }
      }
      return removed;
    },

    count: async (tenantId) => (await configs.held(tenantId)).length + (await flags.held(tenantId)).length,
  };
};

const remove = (client: ServiceClient, path: string, tenantId: string, id: string) =>
  client.send({ method: 'DELETE', path: `${path}/${encodeURIComponent(id)}`, tenantId, accept: [404] });

const equal = (held: Held, wanted: Readonly<Record<string, unknown>>): boolean =>
  Object.entries(wanted).every(([name, value]) => JSON.stringify(held.fields[name]) === JSON.stringify(value));

const apply = async (client: ServiceClient, { path, held }: Collection, tenantId: string, wanted: Wanted): Promise<ConfigChange> => {
  const present = new Map((await held(tenantId)).map((item) => [item.key, item]));
  const change = { created: 0, replaced: 0, unchanged: 0, removed: 0 };
  for (const [key, body] of wanted) {
    const item = present.get(key);
    if (!item) {
      const { status } = await client.send({ method: 'POST', path, tenantId, body, accept: [409] });
      // Somebody made it since it was looked for; the next attempt finds it.
      if (status === 409) throw new TenantError('UNAVAILABLE', `config-service got ${key} from someone else at the same time`);
      change.created += 1;
    } else if (equal(item, body)) {
      change.unchanged += 1;
    } else {
      await client.send({ method: 'PUT', path: `${path}/${encodeURIComponent(item.id)}`, tenantId, body });
      change.replaced += 1;
    }
  }
  for (const item of present.values()) {
    if (!item.ours || wanted.has(item.key)) continue;
    await remove(client, path, tenantId, item.id);
    change.removed += 1;
  }
  return change;
};
