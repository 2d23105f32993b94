import { z } from 'zod';
import type { WorkerSettings } from '../../settings/worker.ts';
import type { Audit } from './interface.ts';
import { pageOf } from './pages.ts';
import { createServiceClient, type ServiceSettings } from './service-client.ts';

const PATH = '/api/v1/audit/events';

/** The audit-service. The idempotency key makes one record of a correlation id and type, however often it is written. */
export const createAudit = (settings: ServiceSettings & Pick<WorkerSettings, 'AUDIT_URL'>): Audit => {
  const client = createServiceClient('audit-service', settings.AUDIT_URL, settings);

  return {
    async record(event) {
      await client.send({
        method: 'POST',
        path: PATH,
        tenantId: event.tenantId,
        idempotencyKey: `${event.correlationId}:${event.eventType}`,
        body: { ...event, actorType: 'USER', severity: event.success ? 'INFO' : 'WARNING' },
      });
    },

    async page(tenantId, page, size) {
      const answer = await client.send({ method: 'GET', path: PATH, query: { tenantId, page, size }, tenantId });
      const { data, pagination } = answer.read(pageOf(z.unknown()));
      return { events: data, total: pagination.total, hasNext: pagination.hasNext };
    },
  };
};
