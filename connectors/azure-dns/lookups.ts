import { getContinuationToken, type DnsManagementClient, type RecordSet, type Zone as ArmZone } from '@azure/arm-dns';
import { ownershipOf } from '../../tenant/ownership.ts';
import { callSignal } from '../call-context.ts';
import { isStatus, unlessMissing, unlessMissingWithZone } from './arm-errors.ts';
import type { DnsFind, Zone, ZoneRef } from './interface.ts';
import { delegationPlaceOf, isSamePlace, splitName, zonePlaceOf, type DelegationPlace, type ZonePlace } from './places.ts';

/** Mark of ownership: a tag of a zone, metadata of a record set. Azure allows no `/` in a tag's name. */
export const OWNER = 'matih-tenant-id';

/** Milliseconds for one call. Each page of a list is a call of its own. */
const CALL_LIMIT_MS = 20_000;

/** The time limit of one call, joined with the end of the running activity. */
export const limit = () => ({ abortSignal: callSignal(CALL_LIMIT_MS) });

export type FoundZone = Zone & { etag: string | undefined; place: ZonePlace };
export interface FoundDelegation {
  record: RecordSet;
  place: DelegationPlace;
}

export interface Lookups {
  /** The place of the zone and of its delegation by the settings. */
  configured(name: string): { zone: ZonePlace; delegation: DelegationPlace };
  zoneAt(place: ZonePlace): Promise<FoundZone | undefined>;
  delegationAt(place: DelegationPlace): Promise<FoundDelegation | undefined>;
  /** Finds the zone at its recorded place, else at the place in the settings. */
  zone(ref: ZoneRef): Promise<FoundZone | undefined>;
  delegation(ref: ZoneRef): Promise<FoundDelegation | undefined>;
  find(ref: ZoneRef, tenantId: string): Promise<DnsFind[]>;
}

/** Reads zones and delegations; changes nothing. */
export const createLookups = (arm: (subscription: string) => DnsManagementClient, home: Omit<ZonePlace, 'zone'>, parentZone: string): Lookups => {
  const configured = (name: string) => {
    const { label, parent } = splitName(name);
    return { zone: { ...home, zone: name }, delegation: { ...home, zone: parent, label } };
  };

  const zoneAt = async (place: ZonePlace): Promise<FoundZone | undefined> => {
    const zone = await unlessMissing(arm(place.subscription).zones.get(place.group, place.zone, limit()));
    return zone && { ...asZone(zone), etag: zone.etag, place };
  };

  const readDelegation = ({ subscription, group, zone, label }: DelegationPlace): Promise<RecordSet> =>
    arm(subscription).recordSets.get(group, zone, label, 'NS', limit());

  const delegationAt = async (place: DelegationPlace): Promise<FoundDelegation | undefined> => {
    const record = await unlessMissing(readDelegation(place));
    return record && { record, place };
  };

  const zone = async ({ name, id }: ZoneRef): Promise<FoundZone | undefined> => {
    const present = configured(name).zone;
    const recorded = id === undefined ? present : zonePlaceOf(id);
    return await zoneAt(recorded) ?? (isSamePlace(recorded, present) ? undefined : zoneAt(present));
  };

  const delegation = async ({ name, delegationId }: ZoneRef): Promise<FoundDelegation | undefined> => {
    const present = configured(name).delegation;
    if (delegationId === undefined) return delegationAt(present);
    const place = delegationPlaceOf(delegationId);
    const record = await unlessMissingWithZone(readDelegation(place));
    return record ? { record, place } : isSamePlace(place, present) ? undefined : delegationAt(present);
  };

  /** A credential with rights on single resource groups may be unable to list the subscription. */
  const zonesOf = (subscription: string, groups: readonly string[]): Promise<ArmZone[]> => {
    const { zones } = arm(subscription);
    return allPages((options) => zones.list(options)).catch(async (error: unknown) => {
      if (!isStatus(error, 403)) throw error;
      return (await Promise.all(groups.map((group) => allPages((options) => zones.listByResourceGroup(group, options))))).flat();
    });
  };

  const find = async (ref: ZoneRef, tenantId: string): Promise<DnsFind[]> => {
    const places = [configured(ref.name).zone, ...(ref.id === undefined ? [] : [zonePlaceOf(ref.id)])];
    const subscriptions = [...new Set(places.map(({ subscription }) => subscription))];
    const groupsOf = (wanted: string) => [...new Set(places.filter(({ subscription }) => subscription === wanted).map(({ group }) => group))];
    const zones = (await Promise.all(subscriptions.map((each) => zonesOf(each, groupsOf(each))))).flat()
      .filter((each) => each.name?.toLowerCase() === ref.name.toLowerCase() || each.tags?.[OWNER] === tenantId);
    const marked = (await allPages((options) => arm(home.subscription).recordSets.listByType(home.group, parentZone, 'NS', options)))
      .filter(({ metadata }) => metadata?.[OWNER] === tenantId);
    const named = await delegation(ref);
    const delegations = new Map([...marked, ...(named ? [named.record] : [])].map((record) => [record.id?.toLowerCase(), record]));
    return [
      ...zones.map(({ id, tags }) => ({ kind: 'zone' as const, what: `zone ${id}`, ownership: foundOwnership(tags?.[OWNER], tenantId) })),
      ...[...delegations.values()].map(({ id, metadata }) =>
        ({ kind: 'delegation' as const, what: `delegation ${id}`, ownership: foundOwnership(metadata?.[OWNER], tenantId) })),
    ];
  };

  return { configured, zoneAt, delegationAt, zone, delegation, find };
};

export const asZone = (zone: ArmZone): Zone => ({
  name: zone.name ?? '', id: zone.id ?? '', nameServers: zone.nameServers ?? [], ownerId: zone.tags?.[OWNER],
});

const foundOwnership = (owner: string | undefined, tenantId: string) => ownershipOf(true, owner, tenantId) as DnsFind['ownership'];

interface Pages<Item> {
  byPage(settings?: { continuationToken?: string }): AsyncIterableIterator<Item[]>;
}

/** Reads all items of a list. Each page has its own time limit. The library's iterator takes one signal for all pages. */
const allPages = async <Item>(list: (options: ReturnType<typeof limit>) => Pages<Item>): Promise<Item[]> => {
  const items: Item[] = [];
  let continuationToken: string | undefined;
  do {
    const page = (await list(limit()).byPage(continuationToken ? { continuationToken } : {}).next()).value as Item[] | undefined;
    items.push(...page ?? []);
    continuationToken = getContinuationToken(page);
  } while (continuationToken);
  return items;
};
