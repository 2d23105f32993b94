import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Authenticate } from './auth.ts';
import { Refusal } from './call.ts';
import { paged } from './paging.ts';
import { createStandIn, type StandIn } from './stand-in.ts';
import { tenantOf } from './tenant-scope.ts';

const newUser = z.object({
  email: z.email(),
  firstName: z.string().min(1),
  lastName: z.string().min(1),
  password: z.string().min(12).optional(),
  roleIds: z.array(z.string()).default([]),
});

const revocation = z.object({
  notBefore: z.iso.datetime({ offset: true }).transform((text) => new Date(text)),
  reason: z.string().min(1),
});

const issuedToken = z.object({ tenantId: z.string(), jti: z.string(), issuedAt: z.coerce.date(), expiresAt: z.coerce.date() });

interface User {
  id: string;
  tenantId: string;
  email: string;
  firstName: string;
  lastName: string;
  roleIds: string[];
  status: 'ACTIVE' | 'DELETED';
  createdAt: string;
}

interface Revocations {
  notBefore: Date;
  reason: string;
  /** The blacklist: ids of tokens that were live when they were revoked. */
  jtis: Set<string>;
}

/** The identity service: users with an address unique among the living, and a tenant-wide *not before* mark for tokens. */
export const createIam = (authenticate: Authenticate): StandIn => {
  const standIn = createStandIn({ authenticate });
  const users = new Map<string, User>();
  const tokens: z.infer<typeof issuedToken>[] = [];
  const revocations = new Map<string, Revocations>();
  const living = (): User[] => [...users.values()].filter((user) => user.status === 'ACTIVE');
  const sameAddress = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

  standIn.route('post', '/api/v1/users', (call) => {
    const tenantId = tenantOf(call);
    const { password: _never, ...profile } = newUser.parse(call.body);
    if (living().some((user) => sameAddress(user.email, profile.email))) throw new Refusal(400, 'EMAIL_EXISTS', 'a user with this e-mail exists');
    const user: User = { id: randomUUID(), tenantId, ...profile, status: 'ACTIVE', createdAt: new Date().toISOString() };
    users.set(user.id, user);
    return { status: 201, body: user, effect: 'created' };
  });

  // A service token sees every tenant's users: VALIDATE asks whether an address is free anywhere.
  standIn.route('get', '/api/v1/users', ({ query }) => {
    const search = (query.get('search') ?? '').toLowerCase();
    const tenantId = query.get('tenantId');
    const found = living().filter((user) => (tenantId === null || user.tenantId === tenantId)
      && [user.email, user.firstName, user.lastName].some((text) => text.toLowerCase().includes(search)));
    return { status: 200, body: paged(found, query) };
  });

  standIn.route('delete', '/api/v1/users/:id', (call) => {
    const user = users.get(call.params['id'] ?? '');
    if (!user || user.tenantId !== tenantOf(call)) throw new Refusal(404, 'NOT_FOUND', 'no such user');
    if (user.status === 'DELETED') return { status: 204 };
    user.status = 'DELETED';
    return { status: 204, effect: 'deleted' };
  });

  standIn.route('post', '/api/v1/tenants/:tenantId/token-revocations', (call) => {
    const tenantId = tenantOf(call, call.params['tenantId']);
    const { notBefore, reason } = revocation.parse(call.body);
    const known = revocations.get(tenantId);
    if (known && known.notBefore >= notBefore) return { status: 200, body: { revoked: 0 } };
    const jtis = known?.jtis ?? new Set<string>();
    const fresh = tokens.filter((token) => token.tenantId === tenantId && token.issuedAt < notBefore && token.expiresAt.getTime() > Date.now() && !jtis.has(token.jti));
    for (const { jti } of fresh) jtis.add(jti);
    revocations.set(tenantId, { notBefore, reason, jtis });
    return { status: 200, body: { revoked: fresh.length }, effect: known ? 'updated' : 'created' };
  });

  standIn.route('get', '/api/v1/tenants/:tenantId/token-revocations', (call) => {
    const known = revocations.get(tenantOf(call, call.params['tenantId']));
    if (!known) throw new Refusal(404, 'NOT_FOUND', 'nothing was revoked');
    return { status: 200, body: { ...known, jtis: [...known.jtis] } };
  });

  // Logins happen outside the tenant service, so tests tell the stand-in which tokens are out.
  standIn.route('post', '/_tokens', (call) => {
    tokens.push(issuedToken.parse(call.body));
    return { status: 201 };
  });

  return standIn;
};
