import { jwtVerify } from 'jose';

/** Decides whether an `Authorization` header may call a stand-in; returns the reason when it may not. */
export type Authenticate = (authorization: string | undefined) => Promise<string | undefined>;

/** Service-to-service calls: an unexpired HS256 JWT with the claim `type=service`. */
export const serviceToken = (secret: string): Authenticate => {
  const key = new TextEncoder().encode(secret);
  return async (authorization) => {
    const token = /^Bearer (.+)$/.exec(authorization ?? '')?.[1];
    if (!token) return 'a service token is required';
    try {
      const { payload } = await jwtVerify(token, key, { algorithms: ['HS256'], requiredClaims: ['exp'] });
      return payload['type'] === 'service' ? undefined : 'the token is not a service token';
    } catch (error) {
      return error instanceof Error ? error.message : 'the token is not valid';
    }
  };
};

/** For endpoints whose real counterpart authenticates in a way that has no place on one machine (Azure AD, the cluster's network). */
export const anyone: Authenticate = () => Promise.resolve(undefined);
