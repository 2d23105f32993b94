import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import packet, { type Answer, type RecordType } from 'dns-packet';
import { endpoints } from './endpoints.ts';

export interface DnsAnswer {
  rcode: string;
  authoritative: boolean;
  answers: Answer[];
  authorities: Answer[];
  additionals: Answer[];
}

/** Asks one name server over UDP, without recursion; the parent zone's unless told otherwise. */
export const resolve = async (name: string, type: RecordType, server = endpoints().dns): Promise<DnsAnswer> => {
  const [host = '127.0.0.1', port = '53'] = server.split(':');
  const socket = createSocket('udp4');
  try {
    socket.send(packet.encode({ type: 'query', id: 7, questions: [{ name, type }] }), Number(port), host);
    const [message] = (await once(socket, 'message', { signal: AbortSignal.timeout(5000) })) as [Buffer];
    const decoded = packet.decode(message) as packet.DecodedPacket & { rcode: string };
    return {
      rcode: decoded.rcode, authoritative: decoded.flag_aa,
      answers: decoded.answers ?? [], authorities: decoded.authorities ?? [], additionals: decoded.additionals ?? [],
    };
  } finally {
    socket.close();
  }
};

/** Follows the parent's referral to a server of the child zone and asks it there. */
export const resolveThroughDelegation = async (name: string, type: RecordType): Promise<{ referral: DnsAnswer; answer: DnsAnswer }> => {
  const referral = await resolve(name, type);
  const glue = referral.additionals.find((record) => record.type === 'A') as { data: string } | undefined;
  if (!glue) throw new Error(`no glue in the referral for ${name}: ${JSON.stringify(referral)}`);
  return { referral, answer: await resolve(name, type, `${glue.data}:${endpoints().dns.split(':')[1]}`) };
};
