import { createHash } from 'node:crypto';
import type { Call, Effect, Reply } from './call.ts';

export interface LedgerEntry {
  sequence: number;
  time: string;
  method: string;
  path: string;
  tenantId: string | undefined;
  idempotencyKey: string | undefined;
  requestId: string | undefined;
  status: number;
  effect: Effect;
  /** SHA-256 of the body as it came, so that repeats can be told from changes. */
  bodyDigest: string | undefined;
  /** The body with every secret value replaced. */
  body: unknown;
}

/** Property names whose values never stand in the ledger. Notification variables carry links and codes. */
const SENSITIVE = /password|secret|token|credential|variables|apikey/i;
const REDACTED = '[redacted]';

const redact = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(redact);
  if (typeof value !== 'object' || value === null) return value;
  const encrypted = (value as { encrypted?: unknown }).encrypted === true;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) =>
    [name, SENSITIVE.test(name) || (encrypted && name === 'configValue') ? REDACTED : redact(inner)]));
};

const digest = (body: unknown): string => createHash('sha256').update(JSON.stringify(body)).digest('hex');

/** Everything that was asked of a stand-in beyond reading, in order. */
export class Ledger {
  #entries: LedgerEntry[] = [];
  #sequence = 0;

  record(call: Call, reply: Reply): void {
    this.#sequence += 1;
    this.#entries.push({
      sequence: this.#sequence,
      time: new Date().toISOString(),
      method: call.method,
      path: call.path,
      tenantId: reply.tenantId ?? call.tenantId,
      idempotencyKey: call.header('x-idempotency-key'),
      requestId: call.header('x-request-id'),
      status: reply.status,
      effect: reply.effect ?? 'none',
      bodyDigest: call.body === undefined ? undefined : digest(call.body),
      body: redact(call.body),
    });
  }

  /** Writes that changed something, or with `all` also repeats and refusals. */
  read(filter: { tenantId?: string | undefined; all: boolean }): LedgerEntry[] {
    return this.#entries.filter((entry) => (filter.all || entry.effect !== 'none') && (filter.tenantId === undefined || entry.tenantId === filter.tenantId));
  }

  clear(tenantId?: string): void {
    this.#entries = tenantId === undefined ? [] : this.#entries.filter((entry) => entry.tenantId !== tenantId);
  }
}
