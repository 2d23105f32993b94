import type { RecordSet, Zone as ArmZone } from '@azure/arm-dns';
import { TenantError } from '../../tenant/errors.ts';
import type { WorkerSettings } from '../../settings/worker.ts';
import { azureError } from '../azure-error.ts';
import { callSignal } from '../call-context.ts';
import { createArmClient, type ArmSettings } from './arm-client.ts';
import type { AzureDns, Zone } from './interface.ts';

/** Mark of ownership: a tag of a zone, metadata of a record set. Azure allows no `/` in a tag's name. */
const OWNER = 'matih-tenant-id';

/** Seconds resolvers may keep our records: short, because a recreated tenant gets other name servers and another address. */
const TTL_SECONDS = 300;

/** Milliseconds for one call, and for Azure's long-running deletion of a zone. */
const CALL_LIMIT_MS = 20_000;
const ZONE_DELETION_LIMIT_MS = 90_000;

const SYSTEM = 'Azure DNS';

type Settings = ArmSettings & Pick<WorkerSettings, 'AZURE_DNS_RESOURCE_GROUP' | 'DNS_PARENT_ZONE'>;

/** Azure DNS by its resource manager. All child zones live in the resource group of the parent zone. */
export const createAzureDns = (settings: Settings): AzureDns => {
  const group = settings.AZURE_DNS_RESOURCE_GROUP;
  const parent = settings.DNS_PARENT_ZONE;
  const arm = createArmClient(settings);
  const limit = () => ({ abortSignal: callSignal(CALL_LIMIT_MS) });

  const getZone = async (name: string): Promise<(Zone & { etag: string | undefined }) | undefined> => {
    const zone = await unlessMissing(arm.zones.get(group, name, limit()));
    return zone && { ...asZone(zone), etag: zone.etag };
  };

  const getDelegation = (zone: string): Promise<RecordSet | undefined> =>
    unlessMissing(arm.recordSets.get(group, parent, labelOf(zone, parent), 'NS', limit()));

  const addressRecords = async (zone: string): Promise<Map<string, RecordSet>> => {
    const records = new Map<string, RecordSet>();
    for await (const record of arm.recordSets.listByType(group, zone, 'A', limit())) records.set(record.name ?? '', record);
    return records;
  };

  return {
    parentZone: parent,

    createZone: (name, tenantId) => azureError(SYSTEM, async () => {
      try {
        const body = { location: 'global', zoneType: 'Public' as const, tags: { [OWNER]: tenantId } };
        return asZone(await arm.zones.createOrUpdate(group, name, body, { ...limit(), ifNoneMatch: '*' }));
      } catch (error) {
        if (!isStatus(error, 412)) throw error;
        const present = await getZone(name);
        if (present?.ownerId === tenantId) return present;
        throw notOurs(`DNS zone ${name}`);
      }
    }),

    getZone: (name) => azureError(SYSTEM, () => getZone(name)),

    deleteZone: (name, tenantId) => azureError(SYSTEM, async () => {
      const present = await getZone(name);
      if (present?.ownerId !== tenantId) return;
      await arm.zones.beginDeleteAndWait(group, name, {
        abortSignal: callSignal(ZONE_DELETION_LIMIT_MS), updateIntervalInMs: 500, ...(present.etag && { ifMatch: present.etag }),
      });
    }),

    delegate: (zone, tenantId) => azureError(SYSTEM, async () => {
      const present = await getDelegation(zone.name);
      if (present && present.metadata?.[OWNER] !== tenantId) throw notOurs(`delegation of ${zone.name}`);
      if (present && sameServers(serversOf(present), zone.nameServers)) return;
      const body = { ttl: TTL_SECONDS, nsRecords: zone.nameServers.map((nsdname) => ({ nsdname })), metadata: { [OWNER]: tenantId } };
      const condition = present?.etag ? { ifMatch: present.etag } : { ifNoneMatch: '*' };
      await arm.recordSets.createOrUpdate(group, parent, labelOf(zone.name, parent), 'NS', body, { ...limit(), ...condition });
    }),

    removeDelegation: (zone, tenantId) => azureError(SYSTEM, async () => {
      const present = await getDelegation(zone);
      if (present?.metadata?.[OWNER] !== tenantId) return;
      const condition = present.etag ? { ifMatch: present.etag } : {};
      await unlessMissing(arm.recordSets.delete(group, parent, labelOf(zone, parent), 'NS', { ...limit(), ...condition }));
    }),

    putAddressRecords: (zone, tenantId, names, address) => azureError(SYSTEM, async () => {
      if ((await getZone(zone))?.ownerId !== tenantId) throw notOurs(`DNS zone ${zone}`);
      const present = await addressRecords(zone);
      for (const name of names) {
        if (pointsTo(present.get(name), address)) continue;
        const body = { ttl: TTL_SECONDS, aRecords: [{ ipv4Address: address }], metadata: { [OWNER]: tenantId } };
        await arm.recordSets.createOrUpdate(group, zone, name, 'A', body, limit());
      }
    }),

    removeAddressRecords: (zone, tenantId, names) => azureError(SYSTEM, async () => {
      if ((await getZone(zone))?.ownerId !== tenantId) return 0;
      const present = await addressRecords(zone);
      const doomed = names.filter((name) => present.has(name));
      for (const name of doomed) await unlessMissing(arm.recordSets.delete(group, zone, name, 'A', limit()));
      return doomed.length;
    }),

    getDelegation: (zone) => azureError(SYSTEM, async () => {
      const record = await getDelegation(zone);
      return record && { nameServers: serversOf(record), ownerId: record.metadata?.[OWNER] };
    }),
  };
};

const asZone = (zone: ArmZone): Zone => ({
  name: zone.name ?? '', id: zone.id ?? '', nameServers: zone.nameServers ?? [], ownerId: zone.tags?.[OWNER],
});

const labelOf = (zone: string, parent: string): string => {
  if (!zone.endsWith(`.${parent}`)) throw new TenantError('INVALID_REQUEST', `${zone} is not below ${parent}`);
  return zone.slice(0, -parent.length - 1);
};

const serversOf = (record: RecordSet): string[] => (record.nsRecords ?? []).flatMap(({ nsdname }) => nsdname ?? []);

const sameServers = (one: readonly string[], other: readonly string[]): boolean => {
  const normal = (servers: readonly string[]): string => servers.map((server) => server.toLowerCase().replace(/\.$/, '')).sort().join();
  return normal(one) === normal(other);
};

const pointsTo = (record: RecordSet | undefined, address: string): boolean =>
  record?.aRecords?.length === 1 && record.aRecords[0]?.ipv4Address === address;

const isStatus = (error: unknown, status: number): boolean => (error as { statusCode?: number }).statusCode === status;

const unlessMissing = <T>(call: Promise<T>): Promise<T | undefined> => call.catch((error: unknown) => {
  if (isStatus(error, 404)) return undefined;
  throw error;
});

const notOurs = (what: string): TenantError => new TenantError('CONFLICT', `the ${what} exists and belongs to someone else`);
