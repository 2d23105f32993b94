import { z } from 'zod';
import { anyone } from './auth.ts';
import { Refusal, type Call, type Reply } from './call.ts';
import { isRecordType, RECORDS, type RecordSet, type RecordType } from './dns-records.ts';
import type { DnsServer } from './dns-server.ts';
import { newEtag, putRecordSet, recordKey, type Zone, type ZoneTable } from './dns-zones.ts';
import { createStandIn, type Handler, type StandIn } from './stand-in.ts';

const API_VERSION = '2018-05-01';
const PROVIDER = '/subscriptions/:subscription/resourceGroups/:group/providers/Microsoft.Network';
const ZONES = `${PROVIDER}/dnsZones`;
/** Azure's page size when `$top` is absent. */
const PAGE_SIZE = 100;
/** How long a zone deletion runs: enough to be seen running, short enough for tests. */
const DELETION_MS = 300;
/** Public zones in a subscription by default. */
const ZONE_CEILING = 250;

/** Azure refuses these in tag names of DNS zones. */
const tags = z.record(z.string().regex(/^[^\s<>%&\\?/\d][^\s<>%&\\?/]*$/, 'not a tag name Azure DNS takes'), z.string()).default({});
const zoneBody = z.object({ location: z.literal('global'), tags });
const recordBody = z.object({ properties: z.object({ TTL: z.number().int().min(1).max(2_147_483_647), metadata: z.record(z.string(), z.string()).default({}) }).loose() });
const limitsBody = z.strictObject({ zones: z.number().int().nonnegative() });

/** The tenant an owner mark in tags or metadata names, so that the ledger can be read by tenant. */
const ownerIn = (marks: Readonly<Record<string, string>>): string | undefined => Object.entries(marks).find(([name]) => /tenant.?id/i.test(name))?.[1];

const missing = (what: string): Refusal => new Refusal(404, 'NotFound', `${what} was not found`);

/** `If-Match` and `If-None-Match: *` against what is there. */
const checkConditions = (call: Call, etag: string | undefined): void => {
  const ifMatch = call.header('if-match');
  const refused = (call.header('if-none-match') === '*' && etag !== undefined)
    || (ifMatch !== undefined && (etag === undefined || (ifMatch !== '*' && ifMatch !== etag)));
  if (refused) throw new Refusal(412, 'PreconditionFailed', 'the precondition of the request is not met: the resource has been changed, or exists');
};

/** Calls carry the API version the stand-in speaks; the SDK's `Content-Type` and bodies are checked by each call. */
const versioned = (handler: Handler): Handler => (call) => {
  if (call.query.get('api-version') !== API_VERSION) throw new Refusal(400, 'InvalidApiVersionParameter', `the api-version must be ${API_VERSION}`);
  return handler(call);
};

const page = (call: Call, items: readonly unknown[]): Reply => {
  const size = Number(call.query.get('$top') ?? PAGE_SIZE);
  const start = Number(call.query.get('$skipToken') ?? 0);
  const next = new URLSearchParams(call.query);
  next.set('$skipToken', String(start + size));
  const nextLink = `http://${call.header('host')}${encodeURI(call.path)}?${next.toString()}`;
  return { status: 200, body: { value: items.slice(start, start + size), ...(start + size < items.length ? { nextLink } : {}) } };
};

const scopeOf = ({ params }: Call): string => `${params['subscription']}/${params['group']}`.toLowerCase();

const zoneId = (call: Call, zone: Zone): string => {
  const [subscription, group] = (zone.scope ?? scopeOf(call)).split('/');
  return `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.Network/dnszones/${zone.name}`;
};

const zoneView = (call: Call, zone: Zone) => ({
  id: zoneId(call, zone), name: zone.name, type: 'Microsoft.Network/dnszones', location: 'global', etag: zone.etag, tags: zone.tags,
  properties: { zoneType: 'Public', nameServers: zone.nameServers, numberOfRecordSets: zone.records.size, maxNumberOfRecordSets: 10_000 },
});

const recordView = (call: Call, zone: Zone, set: RecordSet) => ({
  id: `${zoneId(call, zone)}/${set.type}/${set.name}`, name: set.name, type: `Microsoft.Network/dnszones/${set.type}`, etag: set.etag,
  properties: {
    TTL: set.ttl, metadata: set.metadata, fqdn: set.name === '@' ? `${zone.name}.` : `${set.name}.${zone.name}.`, provisioningState: 'Succeeded', targetResource: {}, ...set.data,
  },
});

/**
 * Azure DNS's management endpoint, as `@azure/arm-dns` calls it. What it holds is answered by the DNS server at once.
 * Beside the common controls, `PUT /_limits {"zones": n}` sets the subscription's ceiling (409 `TooManyZones` beyond it).
 */
export const createAzureDns = (zones: ZoneTable, dns: DnsServer): StandIn => {
  const standIn = createStandIn({ authenticate: anyone, errorBody: (_status, code, message) => ({ error: { code, message } }) });
  let ceiling = ZONE_CEILING;
  standIn.route('put', '/_limits', (call) => {
    ceiling = limitsBody.parse(call.body).zones;
    return { status: 200, body: { zones: ceiling } };
  });
  addZones(standIn, zones, dns, () => ceiling);
  addRecordSets(standIn, zones);
  return standIn;
};

const zoneOf = (zones: ZoneTable, call: Call): Zone | undefined => {
  const zone = zones.get(call.params['zone'] ?? '');
  return zone && (zone.scope === undefined || zone.scope === scopeOf(call)) ? zone : undefined;
};

const existing = (zones: ZoneTable, call: Call): Zone => {
  const zone = zoneOf(zones, call);
  if (!zone) throw missing(`the zone ${call.params['zone']}`);
  return zone;
};

const stable = (zone: Zone): Zone => {
  if (zone.deleting) throw new Refusal(409, 'Conflict', `${zone.name} is being deleted`);
  return zone;
};

const addZones = (standIn: StandIn, zones: ZoneTable, dns: DnsServer, ceiling: () => number): void => {
  const operations = new Map<string, Zone>();

  standIn.route('put', `${ZONES}/:zone`, versioned(async (call) => {
    const body = zoneBody.parse(call.body);
    const name = call.params['zone'] ?? '';
    const present = zones.get(name);
    checkConditions(call, present?.etag);
    if (present) {
      Object.assign(stable(existing(zones, call)), { tags: body.tags, etag: newEtag() });
      return { status: 200, body: zoneView(call, present), effect: 'updated', tenantId: ownerIn(body.tags) };
    }
    if (zones.list().length >= ceiling()) throw new Refusal(409, 'TooManyZones', `the subscription has reached its limit of ${ceiling()} public DNS zones`);
    const zone = zones.add(name, scopeOf(call), body.tags);
    await dns.serve(zone);
    return { status: 201, body: zoneView(call, zone), effect: 'created', tenantId: ownerIn(zone.tags) };
  }));

  standIn.route('patch', `${ZONES}/:zone`, versioned((call) => {
    const zone = stable(existing(zones, call));
    checkConditions(call, zone.etag);
    Object.assign(zone, { tags: z.object({ tags }).parse(call.body).tags, etag: newEtag() });
    return { status: 200, body: zoneView(call, zone), effect: 'updated', tenantId: ownerIn(zone.tags) };
  }));

  standIn.route('get', `${ZONES}/:zone`, versioned((call) => ({ status: 200, body: zoneView(call, existing(zones, call)) })));
  standIn.route('get', ZONES, versioned((call) =>
    page(call, zones.list().filter((zone) => zone.scope === undefined || zone.scope === scopeOf(call)).map((zone) => zoneView(call, zone)))));
  standIn.route('get', '/subscriptions/:subscription/providers/Microsoft.Network/dnsZones', versioned((call) =>
    page(call, zones.list().map((zone) => zoneView(call, zone)))));

  standIn.route('delete', `${ZONES}/:zone`, versioned(async (call) => {
    const zone = zoneOf(zones, call);
    checkConditions(call, zone?.etag);
    if (!zone) return { status: 204 };
    if (zone === zones.parent) throw new Refusal(409, 'Conflict', 'the parent zone is protected by a lock');
    const again = zone.deleting;
    zone.deleting = true;
    const operation = newEtag();
    operations.set(operation, zone);
    if (!again) {
      setTimeout(() => zones.remove(zone), DELETION_MS).unref();
      await dns.withdraw(zone);
    }
    const status = `http://${call.header('host')}${PROVIDER}`.replace(/:(subscription|group)/g, (_, name: string) => call.params[name] ?? '');
    const headers = {
      'azure-asyncoperation': `${status}/dnsOperationStatuses/${operation}?api-version=${API_VERSION}`,
      location: `${status}/dnsOperationResults/${operation}?api-version=${API_VERSION}`,
    };
    return { status: 202, headers, effect: again ? 'none' : 'deleted', tenantId: ownerIn(zone.tags) };
  }));

  const running = (call: Call): boolean => {
    const zone = operations.get(call.params['operation'] ?? '');
    if (!zone) throw missing('the operation');
    return zones.get(zone.name) === zone;
  };
  standIn.route('get', `${PROVIDER}/dnsOperationStatuses/:operation`, versioned((call) => ({ status: 200, body: { status: running(call) ? 'InProgress' : 'Succeeded' } })));
  standIn.route('get', `${PROVIDER}/dnsOperationResults/:operation`, versioned((call) => (running(call) ? { status: 202, headers: { location: call.path } } : { status: 204 })));
};

const typeOf = (call: Call): RecordType => {
  const type = (call.params['type'] ?? '').toUpperCase();
  if (!isRecordType(type)) throw new Refusal(400, 'BadRequest', `${type} is not a record type`);
  return type;
};

const addRecordSets = (standIn: StandIn, zones: ZoneTable): void => {
  const RECORD_SET = `${ZONES}/:zone/:type/:name`;
  const present = (call: Call, zone: Zone): RecordSet | undefined => zone.records.get(recordKey(call.params['name'] ?? '', typeOf(call)));

  standIn.route('put', RECORD_SET, versioned((call) => {
    const zone = stable(existing(zones, call));
    const type = typeOf(call);
    const name = call.params['name'] ?? '';
    const before = present(call, zone);
    checkConditions(call, before?.etag);
    const { properties } = recordBody.parse(call.body);
    const alone = type === 'CNAME' || zone.records.has(recordKey(name, 'CNAME'));
    if (alone && [...zone.records.values()].some((set) => set.name === name && set.type !== type)) {
      throw new Refusal(409, 'Conflict', `a CNAME record set cannot share the name ${name} with others`);
    }
    const set = { name, type, ttl: properties.TTL, etag: newEtag(), metadata: properties.metadata, data: RECORDS[type].parse(properties) } as RecordSet;
    putRecordSet(zone, set);
    return { status: before ? 200 : 201, body: recordView(call, zone, set), effect: before ? 'updated' : 'created', tenantId: ownerIn(set.metadata) ?? ownerIn(zone.tags) };
  }));

  standIn.route('delete', RECORD_SET, versioned((call) => {
    const zone = stable(existing(zones, call));
    const set = present(call, zone);
    checkConditions(call, set?.etag);
    if (!set) return { status: 204 };
    if (set.name === '@' && (set.type === 'NS' || set.type === 'SOA')) throw new Refusal(400, 'BadRequest', `the ${set.type} record set of a zone itself cannot be deleted`);
    zone.records.delete(recordKey(set.name, set.type));
    return { status: 200, effect: 'deleted', tenantId: ownerIn(set.metadata) ?? ownerIn(zone.tags) };
  }));

  const listed = (call: Call, chosen: (set: RecordSet) => boolean): Reply => {
    const zone = existing(zones, call);
    const suffix = call.query.get('$recordsetnamesuffix') ?? '';
    return page(call, [...zone.records.values()].filter((set) => chosen(set) && set.name.endsWith(suffix)).map((set) => recordView(call, zone, set)));
  };
  standIn.route('get', `${ZONES}/:zone/recordsets`, versioned((call) => listed(call, () => true)));
  standIn.route('get', `${ZONES}/:zone/all`, versioned((call) => listed(call, () => true)));
  standIn.route('get', `${ZONES}/:zone/:type`, versioned((call) => listed(call, (set) => set.type === typeOf(call))));
  standIn.route('get', RECORD_SET, versioned((call) => {
    const zone = existing(zones, call);
    const set = present(call, zone);
    if (!set) throw missing(`the record set ${call.params['name']} of type ${call.params['type']}`);
    return { status: 200, body: recordView(call, zone, set) };
  }));
};
