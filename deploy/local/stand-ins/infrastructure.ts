import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { Authenticate } from './auth.ts';
import { Refusal } from './call.ts';
import { createStandIn, type StandIn } from './stand-in.ts';
import { tenantOf } from './tenant-scope.ts';

/** Regions on offer; a string is why a region takes no new tenants now. */
const REGIONS: Readonly<Record<string, Readonly<Record<string, true | string>>>> = {
  AZURE: {
    westeurope: true, northeurope: true, germanywestcentral: true, uksouth: true, eastus: true, eastus2: true, westus2: true, southeastasia: true,
    brazilsouth: 'no capacity for new tenants',
  },
  AWS: { 'eu-west-1': true, 'eu-central-1': true, 'us-east-1': true, 'us-west-2': true, 'me-south-1': 'no capacity for new tenants' },
  GCP: { 'europe-west1': true, 'europe-west4': true, 'us-central1': true, 'asia-south2': 'not yet open' },
};

const registration = z.object({
  status: z.string().min(1),
  cloudProvider: z.enum(['AZURE', 'AWS', 'GCP']),
  region: z.string().min(1),
  namespace: z.string().min(1),
  tier: z.string().min(1),
});

const system = z.enum(['redis', 'kafka']);

interface Credential {
  username: string;
  password: string;
  issuedAt: string;
}

/** The infrastructure service: regions, a tenant's principals for the shared servers, and the register of tenants. */
export const createInfrastructure = (authenticate: Authenticate): StandIn => {
  const standIn = createStandIn({ authenticate });
  const credentials = new Map<string, Credential>();
  const register = new Map<string, z.infer<typeof registration>>();
  const CREDENTIALS = '/api/v1/infrastructure/tenants/:tenantId/credentials/:system';
  const TENANT = '/api/v1/infrastructure/tenants/:tenantId';

  standIn.route('get', '/api/v1/infrastructure/providers/:provider/regions/:region', ({ params }) => {
    const regions = REGIONS[(params['provider'] ?? '').toUpperCase()];
    if (!regions) throw new Refusal(404, 'UNKNOWN_PROVIDER', `${params['provider']} is not one of ${Object.keys(REGIONS).join(', ')}`);
    const state = Object.hasOwn(regions, params['region'] ?? '') ? regions[params['region'] ?? ''] : 'unknown region';
    return { status: 200, body: state === true ? { available: true } : { available: false, reason: state } };
  });

  standIn.route('put', CREDENTIALS, (call) => {
    const tenantId = tenantOf(call, call.params['tenantId']);
    const kind = system.parse(call.params['system']);
    const present = credentials.get(`${tenantId}/${kind}`);
    if (present) return { status: 200, body: present };
    const issued = { username: `tenant-${tenantId}`, password: randomBytes(24).toString('base64url'), issuedAt: new Date().toISOString() };
    credentials.set(`${tenantId}/${kind}`, issued);
    return { status: 201, body: issued, effect: 'created' };
  });

  // Says that a principal exists, never its password: that is what issuing is for.
  standIn.route('get', CREDENTIALS, (call) => {
    const present = credentials.get(`${tenantOf(call, call.params['tenantId'])}/${system.parse(call.params['system'])}`);
    if (!present) throw new Refusal(404, 'NOT_FOUND', 'no credential was issued');
    return { status: 200, body: { username: present.username, issuedAt: present.issuedAt } };
  });

  standIn.route('delete', CREDENTIALS, (call) => {
    const existed = credentials.delete(`${tenantOf(call, call.params['tenantId'])}/${system.parse(call.params['system'])}`);
    return { status: 204, effect: existed ? 'deleted' : 'none' };
  });

  standIn.route('put', TENANT, (call) => {
    const tenantId = tenantOf(call, call.params['tenantId']);
    const next = registration.parse(call.body);
    const present = register.get(tenantId);
    register.set(tenantId, next);
    const body = { tenantId, ...next };
    if (!present) return { status: 201, body, effect: 'created' };
    return { status: 200, body, effect: isDeepStrictEqual(present, next) ? 'none' : 'updated' };
  });

  standIn.route('get', TENANT, (call) => {
    const tenantId = tenantOf(call, call.params['tenantId']);
    const present = register.get(tenantId);
    if (!present) throw new Refusal(404, 'NOT_FOUND', 'the tenant is not registered');
    return { status: 200, body: { tenantId, ...present } };
  });

  standIn.route('delete', TENANT, (call) => {
    const existed = register.delete(tenantOf(call, call.params['tenantId']));
    return { status: 204, effect: existed ? 'deleted' : 'none' };
  });

  return standIn;
};
