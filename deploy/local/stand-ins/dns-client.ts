import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { decode, encode, type DecodedPacket, type Question } from 'dns-packet';

export interface NameServer {
  address: string;
  port: number;
}

/** How long one server may take. */
const TIMEOUT_MS = 2000;
/** Referrals followed before a lookup is given up. */
const MAXIMUM_REFERRALS = 8;

/** Settles with the first of an answer, an error and the time limit; `work` returns how to release its socket. */
const within = async <T>(work: (resolve: (value: T) => void, reject: (error: Error) => void) => () => void): Promise<T> => {
  let release = (): void => undefined;
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<T>((resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`no DNS answer within ${TIMEOUT_MS} ms`)), TIMEOUT_MS);
      release = work(resolve, reject);
    });
  } finally {
    clearTimeout(timer);
    release();
  }
};

const packet = (question: Question): Buffer => encode({ type: 'query', id: Math.floor(Math.random() * 65_536), questions: [question] });

/** One question to one server over UDP, without recursion. */
export const askUdp = (server: NameServer, question: Question): Promise<DecodedPacket> =>
  within((resolve, reject) => {
    const socket = createSocket('udp4');
    socket.once('message', (message) => resolve(decode(message)));
    socket.once('error', reject);
    socket.send(packet(question), server.port, server.address);
    return () => void socket.close();
  });

/** The same over TCP. */
export const askTcp = (server: NameServer, question: Question): Promise<DecodedPacket> =>
  within((resolve, reject) => {
    const query = packet(question);
    const socket = connect(server.port, server.address, () => socket.write(Buffer.concat([Buffer.from([query.length >> 8, query.length & 255]), query])));
    let received = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) resolve(decode(received.subarray(2)));
    });
    socket.once('error', reject);
    return () => void socket.destroy();
  });

/** Asks from `start` downwards, following each referral by its glue, until a server answers for itself. */
export const resolveFrom = async (start: NameServer, question: Question): Promise<DecodedPacket> => {
  let server = start;
  for (let hop = 0; hop < MAXIMUM_REFERRALS; hop += 1) {
    let reply = await askUdp(server, question);
    if (reply.flag_tc) reply = await askTcp(server, question);
    if (reply.flag_aa) return reply;
    const glue = reply.additionals?.find((record) => record.type === 'A');
    if (!glue || glue.type !== 'A') throw new Error(`${server.address} neither answers for ${question.name} nor says who does`);
    server = { address: glue.data, port: start.port };
  }
  throw new Error(`too many referrals for ${question.name}`);
};
