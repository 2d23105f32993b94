import type { RequestHandler, Response } from 'express';
import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import type pg from 'pg';
import { z } from 'zod';
import { revokedBefore } from '../projection/revocations.ts';
import type { ApiSettings } from '../settings/api.ts';
import { unstorable } from '../tenant/unstorable.ts';
import { Problem } from './problems.ts';

export const ROLES = ['platform_admin', 'operator', 'tenant_admin', 'analyst', 'viewer'] as const;
export type Role = (typeof ROLES)[number];

/** Who is calling. */
export interface Principal {
  subject: string;
  roles: readonly Role[];
  /** The tenant the user belongs to; null for the platform's own people. */
  tenantId: string | null;
}

/** Tells who a bearer token belongs to; throws UNAUTHENTICATED. */
export type Authenticate = (token: string) => Promise<Principal>;

const claimsSchema = z.object({
  // The subject is written to the database and to logs.
  sub: z.string().min(1).max(255).refine((subject) => unstorable(subject).length === 0),
  iat: z.number(),
  type: z.literal('access'),
  roles: z.array(z.string()),
  tenant_id: z.uuid().optional(),
});

/** The caller may learn that a token is no good, not how one would be made good. */
const unauthenticated = (detail: string): Problem =>
  new Problem('UNAUTHENTICATED', detail, { headers: { 'WWW-Authenticate': 'Bearer realm="matih", error="invalid_token"' } });

/** Checks signature, issuer, expiry and kind of user tokens, and that their tenant's tokens were not revoked after they were issued. */
export const createAuthentication = (settings: ApiSettings, pool: pg.Pool): Authenticate => {
  const verify = verifier(settings);
  return async (token) => {
    const claims = claimsSchema.safeParse(await verify(token).catch(asProblem));
    if (!claims.success) throw unauthenticated('the token is not a user\'s access token');
    const { sub, iat, roles, tenant_id: tenantId } = claims.data;
    const notBefore = tenantId === undefined ? null : await revokedBefore(pool, tenantId);
    if (notBefore && iat * 1000 < notBefore.getTime()) throw unauthenticated('the token was revoked');
    return { subject: sub, roles: ROLES.filter((role) => roles.includes(role)), tenantId: tenantId ?? null };
  };
};

/** The algorithms are fixed by the kind of key, never by the token: it must not choose how it is checked. */
const verifier = ({ JWT_SECRET, JWT_JWKS_URL, JWT_ISSUER }: ApiSettings): ((token: string) => Promise<JWTPayload>) => {
  const options = { issuer: JWT_ISSUER, requiredClaims: ['exp', 'iat', 'sub'] };
  if (JWT_JWKS_URL) {
    const keys: JWTVerifyGetKey = createRemoteJWKSet(new URL(JWT_JWKS_URL), { timeoutDuration: 2_000 });
    return async (token) => (await jwtVerify(token, keys, { ...options, algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA'] })).payload;
  }
  const key = new TextEncoder().encode(JWT_SECRET);
  return async (token) => (await jwtVerify(token, key, { ...options, algorithms: ['HS256'] })).payload;
};

const asProblem = (error: unknown): never => {
  if (error instanceof errors.JWTExpired) throw unauthenticated('the token has expired');
  const keysAway = error instanceof errors.JWKSTimeout || (error instanceof errors.JOSEError && error.code === 'ERR_JOSE_GENERIC') || !(error instanceof errors.JOSEError);
  if (keysAway) throw new Problem('KEYS_AWAY', 'the token could not be checked; try again later');
  throw unauthenticated('the token is not valid');
};

/** Who is calling; for handlers behind `requireToken`. */
export const principalOf = (response: Response): Principal => response.locals['principal'] as Principal;

/** Refuses calls without a good bearer token. */
export const requireToken = (authenticate: Authenticate): RequestHandler => async (request, response, next) => {
  const token = /^Bearer +([\w.~+/=-]+)$/i.exec(request.get('authorization') ?? '')?.[1];
  if (!token) throw new Problem('UNAUTHENTICATED', 'send a token as Authorization: Bearer …', { headers: { 'WWW-Authenticate': 'Bearer realm="matih"' } });
  response.locals['principal'] = await authenticate(token);
  next();
};
