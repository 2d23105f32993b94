import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A publisher on this machine: serves files by `{host}/{path}` as a mirror does, and counts what it was asked for. */
export class FileServer {
  readonly files = new Map<string, Buffer | RequestListener>();
  readonly requests: string[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<FileServer> {
    const server = createServer((request, response) => {
      const path = (request.url ?? '').slice(1);
      if (request.method !== 'HEAD') files.requests.push(path);
      const file = files.files.get(path);
      if (typeof file === 'function') file(request, response);
      else response.writeHead(file ? 200 : 404).end(file);
    });
    const files = new FileServer(server);
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    return files;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
