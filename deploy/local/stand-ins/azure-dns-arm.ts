import { z } from 'zod';
import { anyone } from './auth.ts';
import { addRecordSets } from './arm-record-sets.ts';
import { API_VERSION, checkConditions, existing, missing, ownerIn, page, PROVIDER, scopeOf, stable, versioned, ZONES, zoneOf, zoneView } from './arm-resources.ts';
import { Refusal, type Call } from './call.ts';
import type { DnsServer } from './dns-server.ts';
import { newEtag, type Zone, type ZoneTable } from './dns-zones.ts';
import { createStandIn, type StandIn } from './stand-in.ts';

/** How long a zone deletion runs: enough to be seen running, short enough for tests. */
const DELETION_MS = 300;
/** Public zones in a subscription by default. */
const ZONE_CEILING = 250;

/** Azure refuses these in tag names of DNS zones. */
const tags = z.record(z.string().regex(/^[^\s<>%&\\?/\d][^\s<>%&\\?/]*$/, 'not a tag name Azure DNS takes'), z.string()).default({});
const zoneBody = z.object({ location: z.literal('global'), tags });
const limitsBody = z.strictObject({ zones: z.number().int().nonnegative() });

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
