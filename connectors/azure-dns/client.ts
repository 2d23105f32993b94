import type { DnsManagementClient, RecordSet } from '@azure/arm-dns';
import { TenantError } from '../../tenant/errors.ts';
import { ownershipOf } from '../../tenant/ownership.ts';
import type { WorkerSettings } from '../../settings/worker.ts';
import { azureError } from '../azure-error.ts';
import { callSignal, mutating } from '../call-context.ts';
import { createArmClient, type ArmSettings } from './arm-client.ts';
import { isStatus, unlessMissing } from './arm-errors.ts';
import type { AzureDns } from './interface.ts';
import { asZone, createLookups, limit, OWNER } from './lookups.ts';
import { zonePlaceOf, type ZonePlace } from './places.ts';

/** Milliseconds for Azure's long-running deletion of a zone. */
const ZONE_DELETION_LIMIT_MS = 90_000;

const SYSTEM = 'Azure DNS';

type Settings = ArmSettings & Pick<WorkerSettings, 'AZURE_DNS_RESOURCE_GROUP' | 'DNS_PARENT_ZONE' | 'DNS_RECORD_TTL_SECONDS'>;

/** Azure DNS by its resource manager. All child zones live in the resource group of the parent zone. */
export const createAzureDns = (settings: Settings): AzureDns => {
  const { AZURE_SUBSCRIPTION_ID: subscription, AZURE_DNS_RESOURCE_GROUP: group, DNS_PARENT_ZONE: parentZone, DNS_RECORD_TTL_SECONDS: ttl } = settings;
  const arm = armClients(settings);
  const look = createLookups(arm, { subscription, group }, parentZone);

  /** Reads the existing A record sets of these names. */
  const addressRecords = async (place: ZonePlace, names: readonly string[]): Promise<Map<string, RecordSet>> => {
    const { recordSets } = arm(place.subscription);
    const found = await Promise.all(names.map((name) => unlessMissing(recordSets.get(place.group, place.zone, name, 'A', limit()))));
    return new Map(names.flatMap((name, index) => found[index] ? [[name, found[index]] as const] : []));
  };

  return {
    parentZone,

    createZone: (name, tenantId) => azureError(SYSTEM, async () => {
      const { zone: place } = look.configured(name);
      const body = { location: 'global', zoneType: 'Public' as const, tags: { [OWNER]: tenantId } };
      try {
        return asZone(await mutating(() => arm(place.subscription).zones.createOrUpdate(place.group, name, body, { ...limit(), ifNoneMatch: '*' })));
      } catch (error) {
        if (!isStatus(error, 412)) throw error;
        const present = await look.zoneAt(place);
        if (!present) throw new TenantError('NOT_READY', `Azure DNS: the previous zone ${name} is still being deleted`);
        if (present.ownerId === tenantId) return present;
        throw notOurs(`DNS zone ${name}`);
      }
    }),

    getZone: (ref) => azureError(SYSTEM, () => look.zone(ref)),

    deleteZone: (ref, tenantId) => azureError(SYSTEM, async () => {
      const present = await look.zone(ref);
      const ownership = ownershipOf(present !== undefined, present?.ownerId, tenantId);
      if (!present || ownership !== 'own') return ownership;
      const { place, etag } = present;
      await mutating(() => arm(place.subscription).zones.beginDeleteAndWait(place.group, place.zone, {
        abortSignal: callSignal(ZONE_DELETION_LIMIT_MS), updateIntervalInMs: 500, ...(etag && { ifMatch: etag }),
      }));
      return ownership;
    }),

    delegate: (zone, tenantId) => azureError(SYSTEM, async () => {
      const { delegation: place } = look.configured(zone.name);
      const present = (await look.delegationAt(place))?.record;
      if (present && present.metadata?.[OWNER] !== tenantId) throw notOurs(`delegation of ${zone.name}`);
      if (present?.id && sameServers(serversOf(present), zone.nameServers)) return present.id;
      const body = { ttl, nsRecords: zone.nameServers.map((nsdname) => ({ nsdname })), metadata: { [OWNER]: tenantId } };
      const { id = '' } = await mutating(() => arm(place.subscription).recordSets.createOrUpdate(
        place.group, place.zone, place.label, 'NS', body, { ...limit(), ...unchangedSince(present) }));
      return id;
    }),

    removeDelegation: (ref, tenantId) => azureError(SYSTEM, async () => {
      const present = await look.delegation(ref);
      const ownership = ownershipOf(present !== undefined, present?.record.metadata?.[OWNER], tenantId);
      if (!present || ownership !== 'own') return ownership;
      const { place, record } = present;
      await mutating(() => unlessMissing(arm(place.subscription).recordSets.delete(
        place.group, place.zone, place.label, 'NS', { ...limit(), ...unchangedSince(record) })));
      return ownership;
    }),

    putAddressRecords: ({ name: zoneName, id }, tenantId, names, address) => azureError(SYSTEM, async () => {
      const place = zonePlaceOf(id);
      if ((await look.zoneAt(place))?.ownerId !== tenantId) throw notOurs(`DNS zone ${zoneName}`);
      const present = await addressRecords(place, names);
      for (const name of names.filter((each) => !pointsTo(present.get(each), address))) {
        const body = { ttl, aRecords: [{ ipv4Address: address }], metadata: { [OWNER]: tenantId } };
        await mutating(() => arm(place.subscription).recordSets.createOrUpdate(
          place.group, place.zone, name, 'A', body, { ...limit(), ...unchangedSince(present.get(name)) }));
      }
    }),

    removeAddressRecords: (ref, tenantId, names) => azureError(SYSTEM, async () => {
      const zone = await look.zone(ref);
      const ownership = ownershipOf(zone !== undefined, zone?.ownerId, tenantId);
      if (!zone || ownership !== 'own') return { zone: ownership, removed: 0 };
      const { place } = zone;
      const present = await addressRecords(place, names);
      for (const [name, record] of present) {
        await mutating(() => unlessMissing(arm(place.subscription).recordSets.delete(
          place.group, place.zone, name, 'A', { ...limit(), ...unchangedSince(record) })));
      }
      return { zone: ownership, removed: present.size };
    }),

    find: (ref, tenantId) => azureError(SYSTEM, () => look.find(ref, tenantId)),
  };
};

/** Keeps a client for each subscription. A zone may be recorded in another subscription than the settings name now. */
const armClients = (settings: ArmSettings): ((subscription: string) => DnsManagementClient) => {
  const clients = new Map<string, DnsManagementClient>();
  return (subscription) => {
    const client = clients.get(subscription) ?? createArmClient({ ...settings, AZURE_SUBSCRIPTION_ID: subscription });
    clients.set(subscription, client);
    return client;
  };
};

/** The precondition of a write: the record set is unchanged since it was read, or still absent. */
const unchangedSince = (record: RecordSet | undefined): { ifMatch?: string; ifNoneMatch?: string } => {
  if (!record) return { ifNoneMatch: '*' };
  return record.etag ? { ifMatch: record.etag } : {};
};

const serversOf = (record: RecordSet): string[] => (record.nsRecords ?? []).flatMap(({ nsdname }) => nsdname ?? []);

const sameServers = (one: readonly string[], other: readonly string[]): boolean => {
  const normal = (servers: readonly string[]): string => servers.map((server) => server.toLowerCase().replace(/\.$/, '')).sort().join();
  return normal(one) === normal(other);
};

const pointsTo = (record: RecordSet | undefined, address: string): boolean =>
  record?.aRecords?.length === 1 && record.aRecords[0]?.ipv4Address === address;

const notOurs = (what: string): TenantError => new TenantError('CONFLICT', `the ${what} exists and belongs to someone else`);
