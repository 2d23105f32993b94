import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/**
 * - `open`: passes everything on
 * - `closed`: takes a connection and drops it, and drops those that were open
 * - `frozen`: passes nothing on, in either direction, and drops nothing, as a network that loses every packet
 */
export type LinkState = 'open' | 'closed' | 'frozen';

/** A connection to an outside system that can be cut. */
export class TcpLink {
  readonly #target: { host: string; port: number };
  readonly #server: Server;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  #state: LinkState = 'open';

  private constructor(target: { host: string; port: number }) {
    this.#target = target;
    this.#server = createServer((near) => this.#join(near));
  }

  /** `target` as host:port. */
  static async to(target: string): Promise<TcpLink> {
    const [host = '', port] = target.split(':');
    const link = new TcpLink({ host, port: Number(port) });
    link.#server.listen(0, '127.0.0.1');
    await once(link.#server, 'listening');
    return link;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  set(state: LinkState): void {
    this.#state = state;
    for (const pair of this.#pairs) {
      for (const socket of pair) {
        if (state === 'closed') socket.destroy();
        if (state === 'frozen') socket.pause();
        if (state === 'open') socket.resume();
      }
    }
  }

  end(): void {
    this.set('closed');
    this.#server.close();
  }

  #join(near: Socket): void {
    if (this.#state === 'closed') {
      near.destroy();
      return;
    }
    const far = connect(this.#target);
    const pair = [near, far] as const;
    this.#pairs.add(pair);
    for (const [from, to] of [[near, far], [far, near]] as const) {
      from.on('data', (data) => { to.write(data); });
      from.on('error', () => undefined);
      from.on('close', () => {
        this.#pairs.delete(pair);
        to.destroy();
      });
    }
    if (this.#state === 'frozen') for (const socket of pair) socket.pause();
  }
}
