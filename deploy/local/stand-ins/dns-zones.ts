import { randomUUID } from 'node:crypto';
import type { RecordSet } from './dns-records.ts';

export interface Zone {
  /** Lower case, without the trailing dot. */
  name: string;
  /** `subscription/resource group` in lower case; the parent zone, which was there before us, has none and is found under any. */
  scope: string | undefined;
  etag: string;
  tags: Readonly<Record<string, string>>;
  /** The four names Azure assigned, with the trailing dot Azure writes. */
  nameServers: readonly string[];
  /** The loopback address at which those four answer. */
  address: string;
  deleting: boolean;
  /** By `name/type`. */
  records: Map<string, RecordSet>;
}

/** Where the parent zone's name servers answer. */
export const PARENT_ADDRESS = '127.0.0.1';

export const newEtag = (): string => randomUUID();

/** Set n answers at 127.0.1.1, 127.0.1.2, …: a fresh address for every zone, as Azure spreads zones over its server sets. */
const addressOfSet = (set: number): string => `127.0.${1 + Math.floor((set - 1) / 254)}.${1 + ((set - 1) % 254)}`;

/** All zones of the DNS stand-in: written by the ARM endpoint and the ACME solver, read by the DNS server. */
export class ZoneTable {
  readonly parent: Zone;
  readonly #zones = new Map<string, Zone>();
  #sets = 0;

  constructor(parentZone: string) {
    this.parent = this.add(parentZone, undefined, {});
    this.parent.address = PARENT_ADDRESS;
  }

  /** Adds a zone with a name-server set of its own; a zone that is recreated gets another set. */
  add(name: string, scope: string | undefined, tags: Readonly<Record<string, string>>): Zone {
    const set = this.#sets++;
    const label = String(set).padStart(2, '0');
    const nameServers = [1, 2, 3, 4].map((server) => `ns${server}-${label}.azure-dns.example.`);
    const zone: Zone = {
      name: name.toLowerCase(), scope, etag: newEtag(), tags, nameServers, address: addressOfSet(set), deleting: false, records: new Map(),
    };
    for (const record of ownRecords(nameServers)) putRecordSet(zone, record);
    this.#zones.set(zone.name, zone);
    return zone;
  }

  get(name: string): Zone | undefined {
    return this.#zones.get(name.toLowerCase());
  }

  remove(zone: Zone): void {
    if (this.#zones.get(zone.name) === zone) this.#zones.delete(zone.name);
  }

  list(): Zone[] {
    return [...this.#zones.values()];
  }

  /** The zones answered for at one address. A zone under deletion is gone from DNS at once. */
  servedAt(address: string): Zone[] {
    return this.list().filter((zone) => zone.address === address && !zone.deleting);
  }

  /** Where a name server answers; undefined when no zone has it any more. */
  addressOf(nameServer: string): string | undefined {
    return this.list().find((zone) => !zone.deleting && zone.nameServers.includes(`${nameServer.toLowerCase()}.`))?.address;
  }
}

/** Writes a record set, replacing the one of the same name and type. */
export const putRecordSet = (zone: Zone, record: RecordSet): void => void zone.records.set(recordKey(record.name, record.type), record);

export const recordKey = (name: string, type: string): string => `${name.toLowerCase()}/${type}`;

/** The two record sets Azure puts into every zone, with its own values. */
const ownRecords = (nameServers: readonly string[]): RecordSet[] => [
  { name: '@', type: 'NS', ttl: 172_800, etag: newEtag(), metadata: {}, data: { NSRecords: nameServers.map((nsdname) => ({ nsdname })) } },
  {
    name: '@', type: 'SOA', ttl: 3600, etag: newEtag(), metadata: {},
    data: {
      SOARecord: {
        host: nameServers[0] ?? '', email: 'azuredns-hostmaster.microsoft.com', serialNumber: 1, refreshTime: 3600, retryTime: 300, expireTime: 2_419_200, minimumTTL: 300,
      },
    },
  },
];
