import assert from 'node:assert/strict';
import { createEventPublisher, messageOf } from '../../../connectors/kafka/publisher.ts';
import { effectId, type TenantEvent } from '../../../tenant/events.ts';

const event: TenantEvent = {
  id: effectId('operation-1', 'TENANT_PROVISIONED'), type: 'TENANT_PROVISIONED', tenantId: 'tenant-1', time: new Date('2026-01-01T00:00:00Z'), data: { slug: 'acme' },
};

describe('lifecycle events', () => {
  it('are CloudEvents in structured mode with the tenant\'s id as key', () => {
    const { key, value, headers } = messageOf(event);
    assert.equal(key, 'tenant-1');
    assert.match(headers['content-type'] ?? '', /^application\/cloudevents\+json/);
    assert.deepEqual(JSON.parse(value), {
      specversion: '1.0', id: event.id, type: 'TENANT_PROVISIONED', source: '/matih/tenant-service', subject: 'tenant-1', partitionkey: 'tenant-1',
      time: '2026-01-01T00:00:00.000Z', datacontenttype: 'application/json', data: { slug: 'acme' },
    });
  });

  it('fail soon, for Temporal to retry, while the broker is away', async () => {
    const publisher = createEventPublisher({ KAFKA_BROKERS: ['127.0.0.1:1'], KAFKA_TOPIC: 'topic' });
    const started = Date.now();
    await assert.rejects(publisher.publish(event), { failureClass: 'UNAVAILABLE' });
    await assert.rejects(publisher.ping(), { failureClass: 'UNAVAILABLE' });
    assert.ok(Date.now() - started < 5000);
    await publisher.close();
  });
});
