import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Authenticate } from './auth.ts';
import { Refusal } from './call.ts';
import { paged } from './paging.ts';
import { createStandIn, type StandIn } from './stand-in.ts';
import { tenantOf } from './tenant-scope.ts';

const event = z.object({
  tenantId: z.string().min(1),
  eventType: z.string().min(1),
  action: z.string().min(1),
  actorId: z.string().optional(),
  actorType: z.string().optional(),
  resourceType: z.string().optional(),
  resourceId: z.string().optional(),
  previousState: z.unknown().optional(),
  newState: z.unknown().optional(),
  correlationId: z.string().optional(),
  severity: z.string().default('INFO'),
  success: z.boolean(),
  metadata: z.record(z.string(), z.unknown()).optional(),
});

/** The audit service: appends events and reads a tenant's back, oldest first, so that pages stay put while events are added. */
export const createAudit = (authenticate: Authenticate): StandIn => {
  const standIn = createStandIn({ authenticate });
  const byTenant = new Map<string, unknown[]>();

  standIn.route('post', '/api/v1/audit/events', (call) => {
    const written = { ...event.parse(call.body), id: randomUUID(), timestamp: new Date().toISOString() };
    const tenantId = tenantOf(call, written.tenantId);
    const events = byTenant.get(tenantId) ?? [];
    events.push(written);
    byTenant.set(tenantId, events);
    return { status: 201, body: written, effect: 'created' };
  });

  standIn.route('get', '/api/v1/audit/events', (call) => {
    const tenantId = call.query.get('tenantId');
    if (!tenantId) throw new Refusal(400, 'TENANT_REQUIRED', 'the query parameter tenantId is required');
    return { status: 200, body: paged(byTenant.get(tenantOf(call, tenantId)) ?? [], call.query) };
  });

  return standIn;
};
