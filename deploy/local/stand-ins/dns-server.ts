import { createSocket, type Socket } from 'node:dgram';
import { createServer, type Server, type Socket as TcpSocket } from 'node:net';
import { decode, encode, RECURSION_DESIRED, TRUNCATED_RESPONSE, type DecodedPacket } from 'dns-packet';
import { answer, failure, RCODE, type DnsReply } from './dns-answer.ts';
import { PARENT_ADDRESS, type Zone, type ZoneTable } from './dns-zones.ts';

/** The largest UDP answer without EDNS, and the most we send with it (the size that avoids fragments). */
const UDP_LIMIT = 512;
const EDNS_LIMIT = 1232;
const TCP_IDLE_MS = 10_000;

interface Endpoint {
  udp: Socket;
  tcp: Server;
  connections: Set<TcpSocket>;
}

/**
 * Authoritative DNS over UDP and TCP for a zone table. Real zones live on different servers; here each has a loopback address of its own on one
 * port (the parent 127.0.0.1, children 127.0.1.1 and on), so that a referral leads somewhere else and `dig` can follow it. Where the system has
 * no such addresses (macOS binds 127.0.0.1 only) children move to 127.0.0.1, which then answers from the closest zone instead of referring.
 */
export class DnsServer {
  readonly #zones: ZoneTable;
  #port: number;
  readonly #endpoints = new Map<string, Endpoint>();

  /** Port 0 takes a free one. */
  constructor(zones: ZoneTable, port: number) {
    this.#zones = zones;
    this.#port = port;
  }

  get port(): number {
    return this.#port;
  }

  async start(): Promise<void> {
    await this.#open(PARENT_ADDRESS);
  }

  /** Starts answering for a zone at its address. */
  async serve(zone: Zone): Promise<void> {
    try {
      await this.#open(zone.address);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRNOTAVAIL') throw error;
      zone.address = PARENT_ADDRESS;
    }
  }

  /** Stops answering at a zone's address. */
  async withdraw(zone: Zone): Promise<void> {
    if (zone.address !== PARENT_ADDRESS) await this.#close(zone.address);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#endpoints.keys()].map((address) => this.#close(address)));
  }

  async #open(address: string): Promise<void> {
    if (this.#endpoints.has(address)) return;
    const connections = new Set<TcpSocket>();
    const tcp = createServer((socket) => {
      connections.add(socket.once('close', () => connections.delete(socket)));
      this.#converse(socket, address);
    });
    await new Promise<void>((resolve, reject) => tcp.once('error', reject).listen(this.#port, address, resolve));
    const bound = tcp.address();
    if (typeof bound === 'object' && bound) this.#port = bound.port;
    const udp = createSocket('udp4');
    udp.on('message', (message, from) => {
      const reply = this.#reply(message, address, 'udp');
      if (reply) udp.send(reply, from.port, from.address);
    });
    await new Promise<void>((resolve, reject) => udp.once('error', reject).bind(this.#port, address, resolve));
    this.#endpoints.set(address, { udp, tcp, connections });
  }

  async #close(address: string): Promise<void> {
    const endpoint = this.#endpoints.get(address);
    this.#endpoints.delete(address);
    if (!endpoint) return;
    for (const connection of endpoint.connections) connection.destroy();
    await Promise.all([new Promise<void>((resolve) => endpoint.udp.close(resolve)), new Promise((resolve) => endpoint.tcp.close(resolve))]);
  }

  /** One connection may carry several queries, each behind its length. */
  #converse(socket: TcpSocket, address: string): void {
    let received = Buffer.alloc(0);
    socket.setTimeout(TCP_IDLE_MS, () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const end = 2 + received.readUInt16BE(0);
        const reply = this.#reply(received.subarray(2, end), address, 'tcp');
        received = received.subarray(end);
        if (reply) socket.write(Buffer.concat([Buffer.from([reply.length >> 8, reply.length & 255]), reply]));
      }
    });
  }

  #reply(message: Buffer, address: string, transport: 'udp' | 'tcp'): Buffer | undefined {
    let query: DecodedPacket;
    try {
      query = decode(message);
    } catch {
      return undefined;
    }
    if (query.type !== 'query') return undefined;
    const opt = query.additionals?.find((record) => record.type === 'OPT');
    const build = (reply: DnsReply): Buffer => encode({
      type: 'response', id: query.id ?? 0, flags: reply.flags | ((query.flags ?? 0) & RECURSION_DESIRED), questions: query.questions ?? [],
      answers: reply.answers, authorities: reply.authorities,
      additionals: opt ? [...reply.additionals, { ...opt, udpPayloadSize: EDNS_LIMIT, options: [] }] : reply.additionals,
    });
    const encoded = orServerFailure(() => build(this.#answer(query, address)), () => build(failure(RCODE.SERVFAIL)));
    const limit = opt ? Math.min(Math.max(opt.udpPayloadSize, UDP_LIMIT), EDNS_LIMIT) : UDP_LIMIT;
    return transport === 'udp' && encoded.length > limit ? build(failure(TRUNCATED_RESPONSE)) : encoded;
  }

  #answer(query: DecodedPacket, address: string): DnsReply {
    if (((query.flags ?? 0) >> 11 & 0xf) !== 0) return failure(RCODE.NOTIMP);
    const [question] = query.questions ?? [];
    if (!question) return failure(RCODE.FORMERR);
    return answer(question, this.#zones.servedAt(address), (server) => this.#zones.addressOf(server));
  }
}

/** Records hold any text a caller wrote; one that cannot be a DNS name must not end the process. */
const orServerFailure = (encodeReply: () => Buffer, encodeFailure: () => Buffer): Buffer => {
  try {
    return encodeReply();
  } catch {
    return encodeFailure();
  }
};
