import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { AdmittedOperation, Projection } from '../../projection/interface.ts';
import { createPool } from '../../projection/pool.ts';
import { createProjection } from '../../projection/projection.ts';
import { workflowIdOf } from '../../tenant/names.ts';
import { startTestApi, token, type TestApi } from './api-fixture.ts';
import { FakeTemporal, type FakeRun } from './fake-temporal.ts';
import { startPostgres, type TestDatabase } from './postgres.ts';
import { activeTenant, creationRequest, createdTenant, runOf } from './projection-fixture.ts';

export interface Reply { status: number; headers: Headers; body: any }

export interface SendOptions {
  method?: string;
  body?: unknown;
  key?: string;
}

/** The API on a real database with Temporal's stand-in, from a suite's first test to its last. */
export class ApiRig {
  database!: TestDatabase;
  pool!: pg.Pool;
  projection!: Projection;
  api!: TestApi;
  fake = new FakeTemporal();

  constructor() {
    before(async () => {
      this.database = await startPostgres();
      this.pool = createPool(this.database.runtimeUrl, { applicationName: 'test' });
      this.projection = createProjection(this.pool);
      this.api = await startTestApi(this.database.runtimeUrl, { VERDICT_DEADLINE_MS: 500 }, this.fake.temporal);
    });
    after(async () => {
      await this.api.server.stop();
      await this.pool.end();
      await this.database.stop();
    });
  }

  async send(path: string, { method = 'GET', body, key }: SendOptions = {}): Promise<Reply> {
    const headers = {
      authorization: `Bearer ${await token()}`, ...(body !== undefined && { 'content-type': 'application/json' }), ...(key !== undefined && { 'x-idempotency-key': key }),
    };
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fetch(`${this.api.url}${path.startsWith('/api') ? path : `/api/v1${path}`}`, { method, headers, ...(body !== undefined && { body: text }) });
    const answer = await response.text();
    return { status: response.status, headers: response.headers, body: answer ? JSON.parse(answer) : undefined };
  }

  post(path: string, options: SendOptions = {}): Promise<Reply> {
    return this.send(path, { method: 'POST', ...options });
  }

  /** An ACTIVE tenant whose provisioning's run is over. */
  active(request = creationRequest()): Promise<AdmittedOperation> {
    return activeTenant(this.projection, request);
  }

  /** A tenant whose provisioning is at work, with its run. */
  async provisioning(): Promise<{ operation: AdmittedOperation; run: FakeRun }> {
    const request = creationRequest();
    const tenantId = randomUUID();
    const run = this.run(request.slug, { memo: { tenantId, tenantSlug: request.slug }, kind: 'PROVISIONING' });
    const operation = await createdTenant(this.projection, request, runOf(tenantId, 'PROVISIONING', { runId: run.runId, originalRunId: run.runId, workflowId: run.workflowId }));
    return { operation, run };
  }

  /** Lets Temporal have a run that the API has not started. */
  run(slug: string, overrides: Partial<FakeRun> = {}): FakeRun {
    const run: FakeRun = { workflowId: workflowIdOf(slug), runId: randomUUID(), memo: {}, kind: undefined, input: {}, status: 'RUNNING', startTime: new Date(), ...overrides };
    this.fake.runs.push(run);
    return run;
  }

  newest(slug: string): FakeRun {
    return this.fake.newest(workflowIdOf(slug))!;
  }

  /** A crash between the effect of a request and its answer, some time ago. */
  async crashedBeforeAnswer(key: string): Promise<void> {
    await this.pool.query(
      `UPDATE idempotency_keys SET status = NULL, headers = NULL, body = NULL, claimed_until = clock_timestamp() - interval '1 second' WHERE idempotency_key = $1`, [key]);
  }
}
