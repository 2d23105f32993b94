import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Authenticate } from './auth.ts';
import { Refusal } from './call.ts';
import { paged } from './paging.ts';
import { createStandIn, type StandIn } from './stand-in.ts';
import { tenantOf } from './tenant-scope.ts';

const TEMPLATES = ['welcome-email', 'tenant-suspended', 'tenant-reactivated', 'tenant-tier-changed', 'tenant-deletion-code', 'tenant-deleted'] as const;

const notification = z.object({
  tenantId: z.string().min(1),
  userId: z.string().optional(),
  channel: z.string().default('EMAIL'),
  templateKey: z.enum(TEMPLATES),
  recipient: z.string().min(1),
  subject: z.string().optional(),
  variables: z.record(z.string(), z.unknown()).default({}),
  priority: z.string().default('NORMAL'),
  metadata: z.object({ source: z.string().optional(), correlationId: z.string().min(1) }),
});

type Notification = z.infer<typeof notification> & { id: string; status: 'PENDING'; createdAt: string };

/** The notification service: one notification per tenant and correlation id; a repeat gets the first one back (200). */
export const createNotification = (authenticate: Authenticate): StandIn => {
  const standIn = createStandIn({ authenticate });
  const sent: Notification[] = [];

  standIn.route('post', '/api/v1/notifications', (call) => {
    const request = notification.parse(call.body);
    tenantOf(call, request.tenantId);
    const earlier = sent.find((one) => one.tenantId === request.tenantId && one.metadata.correlationId === request.metadata.correlationId);
    if (earlier) return { status: 200, body: earlier };
    const created: Notification = { ...request, id: randomUUID(), status: 'PENDING', createdAt: new Date().toISOString() };
    sent.push(created);
    return { status: 201, body: created, effect: 'created' };
  });

  standIn.route('get', '/api/v1/notifications', ({ query }) => {
    const wanted = (name: string, value: string): boolean => !query.has(name) || query.get(name) === value;
    const found = sent.filter((one) => wanted('correlationId', one.metadata.correlationId) && wanted('tenantId', one.tenantId) && wanted('templateKey', one.templateKey));
    return { status: 200, body: paged(found, query) };
  });

  standIn.route('get', '/api/v1/notifications/:id', ({ params }) => {
    const found = sent.find((one) => one.id === params['id']);
    if (!found) throw new Refusal(404, 'NOT_FOUND', 'no such notification');
    return { status: 200, body: found };
  });

  return standIn;
};
