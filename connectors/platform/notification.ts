import { z } from 'zod';
import type { WorkerSettings } from '../../settings/worker.ts';
import type { Notifications } from './interface.ts';
import { everyItem } from './pages.ts';
import { createServiceClient, type ServiceSettings } from './service-client.ts';

const PATH = '/api/v1/notifications';

const notificationSchema = z.object({
  id: z.string(),
  tenantId: z.string(),
  metadata: z.object({ correlationId: z.string().optional() }).optional(),
});

/** The notification-service, sending by e-mail. A correlation id is sent once, however often it is asked for. */
export const createNotifications = (settings: ServiceSettings & Pick<WorkerSettings, 'NOTIFICATION_URL'>): Notifications => {
  const client = createServiceClient('notification-service', settings.NOTIFICATION_URL, settings);

  return {
    async send({ tenantId, userId, template, recipient, subject, variables, correlationId }) {
      const found = await everyItem(client, { path: PATH, query: { tenantId, correlationId }, tenantId }, notificationSchema);
      const earlier = found.find((one) => one.tenantId === tenantId && one.metadata?.correlationId === correlationId);
      if (earlier) return { id: earlier.id };
      const answer = await client.send({
        method: 'POST',
        path: PATH,
        tenantId,
        idempotencyKey: correlationId,
        body: {
          tenantId, userId, channel: 'EMAIL', templateKey: template, recipient, subject, variables, priority: 'NORMAL',
          metadata: { source: 'tenant-service', correlationId },
        },
      });
      return { id: answer.read(notificationSchema).id };
    },
  };
};
