import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';

const ISSUER = 'matih-platform';
const VALIDITY = '12h';
/** Tenant of the sample tokens that belong to none in particular. */
const NO_TENANT = '00000000-0000-0000-0000-000000000000';

export interface UserToken {
  readonly subject: string;
  readonly role: 'platform_admin' | 'tenant_admin' | 'operator' | 'analyst' | 'viewer';
  /** Tenant the user belongs to; absent for the platform's own people. */
  readonly tenantId?: string;
}

/** An access token as the platform's IAM issues them, but valid for 12 hours, so that a developer's day fits in. */
export function userToken(secret: string, { subject, role, tenantId }: UserToken): Promise<string> {
  return new SignJWT({ ...(tenantId ? { tenant_id: tenantId } : {}), roles: [role], type: 'access' })
    .setProtectedHeader({ alg: 'HS256' })
    .setJti(randomUUID())
    .setSubject(subject)
    .setIssuer(ISSUER)
    .setIssuedAt()
    .setExpirationTime(VALIDITY)
    .sign(new TextEncoder().encode(secret));
}

/** One token for each role a developer tries first. */
export async function sampleTokens(secret: string): Promise<Record<'platform_admin' | 'tenant_admin' | 'viewer', string>> {
  return {
    platform_admin: await userToken(secret, { subject: 'admin@matih.example', role: 'platform_admin' }),
    tenant_admin: await userToken(secret, { subject: 'tenant-admin@matih.example', role: 'tenant_admin', tenantId: NO_TENANT }),
    viewer: await userToken(secret, { subject: 'viewer@matih.example', role: 'viewer', tenantId: NO_TENANT }),
  };
}
