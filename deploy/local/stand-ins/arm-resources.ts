import { Refusal, type Call, type Reply } from './call.ts';
import type { RecordSet } from './dns-records.ts';
import type { Zone, ZoneTable } from './dns-zones.ts';
import type { Handler } from './stand-in.ts';

export const API_VERSION = '2018-05-01';
export const PROVIDER = '/subscriptions/:subscription/resourceGroups/:group/providers/Microsoft.Network';
export const ZONES = `${PROVIDER}/dnsZones`;
/** Azure's page size when `$top` is absent. */
const PAGE_SIZE = 100;

/** The tenant an owner mark in tags or metadata names, so that the ledger can be read by tenant. */
export const ownerIn = (marks: Readonly<Record<string, string>>): string | undefined => Object.entries(marks).find(([name]) => /tenant.?id/i.test(name))?.[1];

/** Azure's code names the missing resource: a record set or an operation, a zone, or the zone of a record set. */
export const missing = (what: string, code: 'NotFound' | 'ResourceNotFound' | 'ParentResourceNotFound' = 'NotFound'): Refusal => new Refusal(404, code, `${what} was not found`);

/** `If-Match` and `If-None-Match: *` against what is there. */
export const checkConditions = (call: Call, etag: string | undefined): void => {
  const ifMatch = call.header('if-match');
  const refused = (call.header('if-none-match') === '*' && etag !== undefined)
    || (ifMatch !== undefined && (etag === undefined || (ifMatch !== '*' && ifMatch !== etag)));
  if (refused) throw new Refusal(412, 'PreconditionFailed', 'the precondition of the request is not met: the resource has been changed, or exists');
};

/** Calls carry the API version the stand-in speaks; the SDK's `Content-Type` and bodies are checked by each call. */
export const versioned = (handler: Handler): Handler => (call) => {
  if (call.query.get('api-version') !== API_VERSION) throw new Refusal(400, 'InvalidApiVersionParameter', `the api-version must be ${API_VERSION}`);
  return handler(call);
};

export const page = (call: Call, items: readonly unknown[]): Reply => {
  const size = Number(call.query.get('$top') ?? PAGE_SIZE);
  const start = Number(call.query.get('$skipToken') ?? 0);
  const next = new URLSearchParams(call.query);
  next.set('$skipToken', String(start + size));
  const nextLink = `http://${call.header('host')}${encodeURI(call.path)}?${next.toString()}`;
  return { status: 200, body: { value: items.slice(start, start + size), ...(start + size < items.length ? { nextLink } : {}) } };
};

export const scopeOf = ({ params }: Call): string => `${params['subscription']}/${params['group']}`.toLowerCase();

const zoneId = (call: Call, zone: Zone): string => {
  const [subscription, group] = (zone.scope ?? scopeOf(call)).split('/');
  return `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.Network/dnszones/${zone.name}`;
};

export const zoneView = (call: Call, zone: Zone) => ({
  id: zoneId(call, zone), name: zone.name, type: 'Microsoft.Network/dnszones', location: 'global', etag: zone.etag, tags: zone.tags,
  properties: { zoneType: 'Public', nameServers: zone.nameServers, numberOfRecordSets: zone.records.size, maxNumberOfRecordSets: 10_000 },
});

export const recordView = (call: Call, zone: Zone, set: RecordSet) => ({
  id: `${zoneId(call, zone)}/${set.type}/${set.name}`, name: set.name, type: `Microsoft.Network/dnszones/${set.type}`, etag: set.etag,
  properties: {
    TTL: set.ttl, metadata: set.metadata, fqdn: set.name === '@' ? `${zone.name}.` : `${set.name}.${zone.name}.`, provisioningState: 'Succeeded', targetResource: {}, ...set.data,
  },
});

/** The zone a call names, if it lies in the call's subscription and resource group. */
export const zoneOf = (zones: ZoneTable, call: Call): Zone | undefined => {
  const zone = zones.get(call.params['zone'] ?? '');
  return zone && (zone.scope === undefined || zone.scope === scopeOf(call)) ? zone : undefined;
};

/** The same, or a 404. */
export const existing = (zones: ZoneTable, call: Call): Zone => {
  const zone = zoneOf(zones, call);
  if (!zone) throw missing(`the zone ${call.params['zone']}`, call.params['name'] === undefined ? 'ResourceNotFound' : 'ParentResourceNotFound');
  return zone;
};

/** A zone that may be changed: one under deletion may not. */
export const stable = (zone: Zone): Zone => {
  if (zone.deleting) throw new Refusal(409, 'Conflict', `${zone.name} is being deleted`);
  return zone;
};
