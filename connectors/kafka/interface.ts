import type { TenantEvent } from '../../tenant/events.ts';

/** Lifecycle events as CloudEvents 1.0 (structured JSON), key = tenant id, acknowledged by all in-sync replicas. */
export interface EventPublisher {
  /** Resolves when the broker has the event; throws as `kafkaError` classifies. */
  publish(event: TenantEvent): Promise<void>;
  /** Whether a broker answers. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
