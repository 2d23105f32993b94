import { z } from 'zod';
import { checkConditions, existing, missing, ownerIn, page, recordView, stable, versioned, ZONES } from './arm-resources.ts';
import { Refusal, type Call, type Reply } from './call.ts';
import { isRecordType, RECORDS, type RecordSet, type RecordType } from './dns-records.ts';
import { newEtag, putRecordSet, recordKey, type Zone, type ZoneTable } from './dns-zones.ts';
import type { StandIn } from './stand-in.ts';

const recordBody = z.object({ properties: z.object({ TTL: z.number().int().min(1).max(2_147_483_647), metadata: z.record(z.string(), z.string()).default({}) }).loose() });

const typeOf = (call: Call): RecordType => {
  const type = (call.params['type'] ?? '').toUpperCase();
  if (!isRecordType(type)) throw new Refusal(400, 'BadRequest', `${type} is not a record type`);
  return type;
};

/** The calls on record sets. */
export const addRecordSets = (standIn: StandIn, zones: ZoneTable): void => {
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
