import type { Answer } from 'dns-packet';
import { resolveFrom, type NameServer } from './dns-client.ts';
import { newEtag, putRecordSet, recordKey, type Zone, type ZoneTable } from './dns-zones.ts';

/** Seconds; challenge records live for moments. */
const TTL = 60;

/** Proves control over a domain as ACME's DNS01 does: a TXT record in the zone that is responsible for it, seen from the parent's servers. */
export interface Dns01 {
  /** Writes the record and looks it up from the parent downwards; rejects with the reason while it cannot be seen. */
  prove(dnsName: string, value: string): Promise<void>;
  /** Takes the record away, wherever it is; nothing happens when its zone is gone. */
  cleanUp(dnsName: string, value: string): void;
}

/** A wildcard is proved under the name it stands below. */
const challengeName = (dnsName: string): string => `_acme-challenge.${dnsName.replace(/^\*\./, '')}`.toLowerCase();

const relativeTo = (zone: Zone, name: string): string => name.slice(0, -zone.name.length - 1);

const valuesAt = (zone: Zone, name: string): string[] => {
  const set = zone.records.get(recordKey(name, 'TXT'));
  return set?.type === 'TXT' ? set.data.TXTRecords.map(({ value }) => value.join('')) : [];
};

const write = (zone: Zone, name: string, values: readonly string[]): void => {
  if (values.length === 0) zone.records.delete(recordKey(name, 'TXT'));
  else putRecordSet(zone, { name, type: 'TXT', ttl: TTL, etag: newEtag(), metadata: {}, data: { TXTRecords: values.map((value) => ({ value: [value] })) } });
};

const texts = (answers: readonly Answer[]): string[] => answers.flatMap((record) => (record.type === 'TXT' ? [[record.data].flat().join('')] : []));

/** @param parent the server every lookup starts at */
export const createDns01 = (zones: ZoneTable, parent: NameServer): Dns01 => {
  /** The zone whose SOA the internet sees for a name, as cert-manager finds it when no hosted zone is named. */
  const responsibleZone = async (name: string): Promise<Zone> => {
    const reply = await resolveFrom(parent, { name, type: 'SOA' });
    const soa = [...(reply.answers ?? []), ...(reply.authorities ?? [])].find((record) => record.type === 'SOA');
    const zone = zones.get(soa?.name ?? '');
    if (!zone) throw new Error(`no zone is responsible for ${name}`);
    if (zone === zones.parent) throw new Error(`${name} is not delegated: ${zone.name} itself answers for it`);
    return zone;
  };

  return {
    async prove(dnsName, value) {
      const name = challengeName(dnsName);
      const zone = await responsibleZone(name);
      const relative = relativeTo(zone, name);
      const present = valuesAt(zone, relative);
      if (!present.includes(value)) write(zone, relative, [...present, value]);
      const seen = texts((await resolveFrom(parent, { name, type: 'TXT' })).answers ?? []);
      if (!seen.includes(value)) throw new Error(`${name} does not show the challenge's record yet`);
    },

    cleanUp(dnsName, value) {
      const name = challengeName(dnsName);
      for (const zone of zones.list().filter((one) => name.endsWith(`.${one.name}`))) {
        const relative = relativeTo(zone, name);
        const present = valuesAt(zone, relative);
        if (present.includes(value)) write(zone, relative, present.filter((other) => other !== value));
      }
    },
  };
};
