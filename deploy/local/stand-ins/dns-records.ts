import type { Answer } from 'dns-packet';
import { z } from 'zod';

/** The record sets of Azure DNS by type, in the property names of its REST API (2018-05-01). */
export const RECORDS = {
  A: z.object({ ARecords: z.array(z.object({ ipv4Address: z.ipv4() })).min(1) }),
  AAAA: z.object({ AAAARecords: z.array(z.object({ ipv6Address: z.ipv6() })).min(1) }),
  CAA: z.object({ caaRecords: z.array(z.object({ flags: z.number(), tag: z.enum(['issue', 'issuewild', 'iodef']), value: z.string() })).min(1) }),
  CNAME: z.object({ CNAMERecord: z.object({ cname: z.string() }) }),
  MX: z.object({ MXRecords: z.array(z.object({ preference: z.number(), exchange: z.string() })).min(1) }),
  NS: z.object({ NSRecords: z.array(z.object({ nsdname: z.string() })).min(1) }),
  PTR: z.object({ PTRRecords: z.array(z.object({ ptrdname: z.string() })).min(1) }),
  SOA: z.object({
    SOARecord: z.object({
      host: z.string(), email: z.string(), serialNumber: z.number(), refreshTime: z.number(), retryTime: z.number(), expireTime: z.number(), minimumTTL: z.number(),
    }),
  }),
  SRV: z.object({ SRVRecords: z.array(z.object({ priority: z.number(), weight: z.number(), port: z.number(), target: z.string() })).min(1) }),
  TXT: z.object({ TXTRecords: z.array(z.object({ value: z.array(z.string().max(255)).min(1) })).min(1) }),
};

export type RecordType = keyof typeof RECORDS;
type Records = { [T in RecordType]: { type: T; data: z.infer<(typeof RECORDS)[T]> } }[RecordType];

/** All records of one name and one type. */
export type RecordSet = Records & {
  /** Relative to the zone; `@` is the zone itself. */
  name: string;
  ttl: number;
  etag: string;
  metadata: Readonly<Record<string, string>>;
};

export const isRecordType = (text: string): text is RecordType => Object.hasOwn(RECORDS, text);

const bare = (name: string): string => name.replace(/\.$/, '');

/** The record set as DNS answers for `name`. */
export const toAnswers = (set: RecordSet, name: string): Answer[] => {
  const common = { name, ttl: set.ttl };
  switch (set.type) {
    case 'A': return set.data.ARecords.map(({ ipv4Address }) => ({ ...common, type: 'A', data: ipv4Address }));
    case 'AAAA': return set.data.AAAARecords.map(({ ipv6Address }) => ({ ...common, type: 'AAAA', data: ipv6Address }));
    case 'CAA': return set.data.caaRecords.map((data) => ({ ...common, type: 'CAA', data }));
    case 'CNAME': return [{ ...common, type: 'CNAME', data: bare(set.data.CNAMERecord.cname) }];
    case 'MX': return set.data.MXRecords.map(({ preference, exchange }) => ({ ...common, type: 'MX', data: { preference, exchange: bare(exchange) } }));
    case 'NS': return set.data.NSRecords.map(({ nsdname }) => ({ ...common, type: 'NS', data: bare(nsdname) }));
    case 'PTR': return set.data.PTRRecords.map(({ ptrdname }) => ({ ...common, type: 'PTR', data: bare(ptrdname) }));
    case 'SRV': return set.data.SRVRecords.map(({ target, ...data }) => ({ ...common, type: 'SRV', data: { ...data, target: bare(target) } }));
    case 'TXT': return set.data.TXTRecords.map(({ value }) => ({ ...common, type: 'TXT', data: value }));
    case 'SOA': {
      const soa = set.data.SOARecord;
      const data = {
        mname: bare(soa.host), rname: bare(soa.email), serial: soa.serialNumber, refresh: soa.refreshTime, retry: soa.retryTime, expire: soa.expireTime, minimum: soa.minimumTTL,
      };
      return [{ ...common, type: 'SOA', data }];
    }
  }
};
