import type { AddressInfo } from 'node:net';
import { createServer, type RequestListener } from 'node:http';
import express, { type ErrorRequestHandler, type Express, type Request, type Response } from 'express';
import { z } from 'zod';
import type { Authenticate } from './auth.ts';
import { Refusal, type Call, type Reply } from './call.ts';
import { FaultBook, type Fault } from './faults.ts';
import { IdempotentAnswers } from './idempotency.ts';
import { Ledger } from './ledger.ts';

export type Handler = (call: Call) => Reply | Promise<Reply>;
type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

export interface StandIn {
  app: Express;
  faults: FaultBook;
  /** Adds a call of the contract; `path` in Express 5's syntax. */
  route(method: Method, path: string, handler: Handler): void;
}

interface Options {
  authenticate: Authenticate;
  /** The shape errors have in the system this one stands for. */
  errorBody?: (status: number, code: string, message: string) => unknown;
}

const problem = (status: number, code: string, message: string): unknown => ({ status, code, message });

const describe = (request: Request): Call => ({
  method: request.method,
  path: decodeURIComponent(request.path),
  params: request.params as Record<string, string>,
  query: new URL(request.originalUrl, 'http://stand-in').searchParams,
  header: (name) => request.get(name),
  body: request.body as unknown,
  tenantId: request.get('x-tenant-id'),
});

const asRefusal = (error: unknown): Refusal => {
  if (error instanceof Refusal) return error;
  if (error instanceof z.ZodError) return new Refusal(400, 'INVALID_REQUEST', z.prettifyError(error));
  throw error;
};

/**
 * An HTTP stand-in with the controls all of them share: `/_ledger` (GET, DELETE; `?tenantId=`, `?all=true`), `/_faults` (POST, GET, DELETE;
 * `?tenantId=`, `/_faults/{id}`) and `/healthz`. A call passes authentication, then the programmed faults, then idempotency, then its handler.
 */
export const createStandIn = ({ authenticate, errorBody = problem }: Options): StandIn => {
  const app = express();
  const faults = new FaultBook();
  const ledger = new Ledger();
  const answers = new IdempotentAnswers();
  app.disable('x-powered-by');
  app.use(express.json({ limit: '1mb' }), unreadableBody);
  addControls(app, ledger, faults);

  const refusal = ({ status, code, message }: { status: number; code: string; message: string }, headers = {}): Reply =>
    ({ status, headers, body: errorBody(status, code, message) });

  const answer = async (call: Call, fault: Fault | undefined, handler: Handler): Promise<Reply> => {
    if (fault?.kind === 'error') return refusal(fault, retryAfter(fault));
    if (fault?.kind === 'throttle') return refusal({ ...fault, status: 429 }, { 'retry-after': '1', ...retryAfter(fault) });
    try {
      return await answers.once(call, () => handler(call));
    } catch (error) {
      return refusal(asRefusal(error));
    }
  };

  const serve = async (request: Request, response: Response, handler: Handler): Promise<void> => {
    const call = describe(request);
    const unauthorized = await authenticate(request.get('authorization'));
    if (unauthorized !== undefined) return send(response, refusal(new Refusal(401, 'UNAUTHORIZED', unauthorized)));
    const fault = await faults.strike(call);
    if (fault?.kind === 'hang') return;
    const reply = await answer(call, fault, handler);
    if (call.method !== 'GET') ledger.record(call, reply);
    if (fault?.kind === 'lost-reply') request.socket.destroy();
    else send(response, fault?.kind === 'partial' ? refusal(fault) : reply);
  };

  return { app, faults, route: (method, path, handler) => void app[method](path, (request, response) => serve(request, response, handler)) };
};

const unreadableBody: ErrorRequestHandler = (error: { status?: number; message: string }, _request, response, _next) =>
  void response.status(error.status ?? 400).json(problem(error.status ?? 400, 'UNREADABLE_BODY', error.message));

const retryAfter = ({ retryAfterSeconds }: Fault): Record<string, string> =>
  (retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) });

const send = (response: Response, { status, headers, body }: Reply): void => {
  response.status(status).set({ ...headers });
  if (body === undefined) response.end();
  else response.json(body);
};

const addControls = (app: Express, ledger: Ledger, faults: FaultBook): void => {
  const tenantOf = (request: Request): string | undefined => new URL(request.originalUrl, 'http://stand-in').searchParams.get('tenantId') ?? undefined;
  app.get('/healthz', (_request, response) => void response.json({ status: 'UP' }));
  app.get('/_ledger', (request, response) => void response.json(ledger.read({ tenantId: tenantOf(request), all: request.query['all'] === 'true' })));
  app.delete('/_ledger', (request, response) => {
    ledger.clear(tenantOf(request));
    response.status(204).end();
  });
  app.get('/_faults', (_request, response) => void response.json(faults.list()));
  app.post('/_faults', (request, response) => {
    try {
      response.status(201).json(faults.add(request.body));
    } catch (error) {
      response.status(400).json(problem(400, 'INVALID_FAULT', asRefusal(error).message));
    }
  });
  app.delete('/_faults{/:id}', (request, response) => {
    const { id } = request.params;
    const tenantId = tenantOf(request);
    faults.remove((fault) => (id === undefined || fault.id === id) && (tenantId === undefined || fault.match.tenantId === tenantId));
    response.status(204).end();
  });
};

export interface Listening {
  url: string;
  close(): Promise<void>;
}

/** Serves on 127.0.0.1; port 0 takes a free one. Closing drops open connections, hanging ones included. */
export const listen = async (handler: RequestListener, port: number): Promise<Listening> => {
  const server = createServer(handler);
  // With the default of 5 s a busy client often sends on a connection that is being closed.
  server.keepAliveTimeout = 65_000;
  // Without an answer some clients ask again for ever.
  server.on('connect', (_request, socket) => socket.end('HTTP/1.1 405 Method Not Allowed\r\nConnection: close\r\n\r\n'));
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
};
