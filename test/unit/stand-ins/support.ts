import { SignJWT } from 'jose';
import { serviceToken, type Authenticate } from '../../../deploy/local/stand-ins/auth.ts';
import { listen, type Listening, type StandIn } from '../../../deploy/local/stand-ins/stand-in.ts';

const SECRET = 'a secret that only these tests know, 32+';

export const authenticate: Authenticate = serviceToken(SECRET);

/** A token signed with the stand-ins' secret; `claims` and `expiresIn` (seconds) make it a wrong one. */
export const token = (claims: Record<string, unknown> = { type: 'service' }, expiresIn = 300, secret = SECRET): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).setIssuedAt().setExpirationTime(Math.floor(Date.now() / 1000) + expiresIn)
    .sign(new TextEncoder().encode(secret));

export interface Answer<T = Record<string, any>> {
  status: number;
  headers: Headers;
  body: T;
}

export interface Client {
  url: string;
  /** A call as a service makes it, for `tenantId` unless the headers say otherwise. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  close(): Promise<void>;
}

/** Serves a stand-in on a free port and gives a client that calls it for one tenant. */
export const serve = async (standIn: StandIn, tenantId: string): Promise<Client> => {
  const server: Listening = await listen(standIn.app, 0);
  const bearer = await token();
  return {
    url: server.url,
    close: () => server.close(),
    call: async (method, path, body, headers = {}) => {
      const response = await fetch(`${server.url}${path}`, {
        method,
        headers: { authorization: `Bearer ${bearer}`, 'x-tenant-id': tenantId, 'content-type': 'application/json', ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, headers: response.headers, body: text === '' ? {} : JSON.parse(text) };
    },
  };
};
