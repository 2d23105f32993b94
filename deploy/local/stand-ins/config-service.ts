import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { Authenticate } from './auth.ts';
import { Refusal } from './call.ts';
import { paged } from './paging.ts';
import { createStandIn, type StandIn } from './stand-in.ts';
import { tenantOf } from './tenant-scope.ts';

const config = z.object({
  tenantId: z.string().min(1),
  configKey: z.string().min(1),
  configValue: z.string(),
  category: z.string().optional(),
  description: z.string().optional(),
  environment: z.string().optional(),
  valueType: z.enum(['STRING', 'INTEGER', 'BOOLEAN', 'JSON']).default('STRING'),
  encrypted: z.boolean().default(false),
});

const flag = z.object({
  tenantId: z.string().min(1),
  flagKey: z.string().min(1),
  displayName: z.string().optional(),
  flagType: z.string().default('BOOLEAN'),
  enabled: z.boolean(),
  defaultValue: z.unknown().optional(),
  rolloutPercentage: z.number().min(0).max(100).optional(),
  tags: z.union([z.array(z.string()), z.record(z.string(), z.string())]).optional(),
});

/** The two collections differ in their path, in their body and in the property that is the key. */
interface Collection<T> {
  path: string;
  body: z.ZodType<T>;
  keyOf: (item: T) => string;
}

/** The configuration service: no upsert; creating what exists is a 409, replacing what does not is a 404. */
export const createConfigService = (authenticate: Authenticate): StandIn => {
  const standIn = createStandIn({ authenticate });
  addCollection(standIn, { path: '/api/v1/configs', body: config, keyOf: (item) => item.configKey });
  addCollection(standIn, { path: '/api/v1/feature-flags', body: flag, keyOf: (item) => item.flagKey });
  return standIn;
};

const addCollection = <T extends { tenantId: string }>(standIn: StandIn, { path, body, keyOf }: Collection<T>): void => {
  const items = new Map<string, T & { id: string }>();
  const ofTenant = (tenantId: string) => [...items.values()].filter((item) => item.tenantId === tenantId);
  const owned = (id: string | undefined, tenantId: string): T & { id: string } => {
    const item = items.get(id ?? '');
    if (!item || item.tenantId !== tenantId) throw new Refusal(404, 'NOT_FOUND', `nothing with this id under ${path}`);
    return item;
  };

  standIn.route('post', path, (call) => {
    const item = body.parse(call.body);
    const tenantId = tenantOf(call, item.tenantId);
    if (ofTenant(tenantId).some((other) => keyOf(other) === keyOf(item))) throw new Refusal(409, 'KEY_EXISTS', `${keyOf(item)} exists for this tenant`);
    const created = { ...item, id: randomUUID() };
    items.set(created.id, created);
    return { status: 201, body: created, effect: 'created' };
  });

  standIn.route('get', `${path}/tenant/:tenantId`, (call) =>
    ({ status: 200, body: paged(ofTenant(tenantOf(call, call.params['tenantId'])), call.query) }));

  standIn.route('get', `${path}/tenant/:tenantId/key/:key`, (call) => {
    const found = ofTenant(tenantOf(call, call.params['tenantId'])).find((item) => keyOf(item) === call.params['key']);
    if (!found) throw new Refusal(404, 'NOT_FOUND', `${call.params['key']} is not set for this tenant`);
    return { status: 200, body: found };
  });

  standIn.route('put', `${path}/:id`, (call) => {
    const present = owned(call.params['id'], tenantOf(call));
    const replaced = { ...body.parse({ ...present, ...(call.body as object) }), id: present.id };
    if (replaced.tenantId !== present.tenantId || keyOf(replaced) !== keyOf(present)) throw new Refusal(400, 'KEY_IS_FIXED', 'tenant and key of an entry cannot change');
    items.set(present.id, replaced);
    return { status: 200, body: replaced, effect: isDeepStrictEqual(replaced, present) ? 'none' : 'updated' };
  });

  standIn.route('delete', `${path}/:id`, (call) => {
    items.delete(owned(call.params['id'], tenantOf(call)).id);
    return { status: 204, effect: 'deleted' };
  });
};
