import { Client, Connection, WithStartWorkflowOperation, type WorkflowHandle, type WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import type { Activities } from '../../activities/activities.ts';
import { provisioningStart } from '../../api/provisioning-start.ts';
import { startOptions } from '../../api/start-operation.ts';
import { VERDICT_UPDATE, type ProvisionTenant, type ValidationVerdict } from '../../tenant/operations.ts';
import { endpoints } from './endpoints.ts';
import { replay } from './replay.ts';
import { workflowBundle } from './workflow-bundle.ts';

const NAMESPACE = 'default';

/** A workflow task that fails for ever ends as a timeout instead of hanging the tests. */
const LONGEST_RUN = '120s';

export interface RigWorker {
  /** Shuts down as on SIGTERM: activities are cancelled after a short grace. */
  stop(): Promise<void>;
}

/** Real workflows on the stack's Temporal server, with fake activities and a task queue of its own. */
export class TemporalRig {
  readonly client: Client;
  readonly #connection: Connection;
  readonly #native: NativeConnection;
  readonly #taskQueue = `rig-${crypto.randomUUID()}`;
  readonly #workers = new Set<RigWorker>();
  readonly #runs: { workflowId: string; runId: string }[] = [];

  private constructor(connection: Connection, native: NativeConnection) {
    this.#connection = connection;
    this.#native = native;
    this.client = new Client({ connection, namespace: NAMESPACE });
  }

  static async connect(): Promise<TemporalRig> {
    const { temporal: address } = endpoints();
    return new TemporalRig(await Connection.connect({ address }), await NativeConnection.connect({ address }));
  }

  async startWorker(activities: Activities): Promise<RigWorker> {
    const worker = await Worker.create({
      connection: this.#native, namespace: NAMESPACE, taskQueue: this.#taskQueue, workflowBundle: await workflowBundle(), activities,
      stickyQueueScheduleToStartTimeout: '2s', shutdownGraceTime: '100ms', maxHeartbeatThrottleInterval: '100ms',
    });
    const running = worker.run();
    const rigWorker = {
      stop: async () => {
        if (!this.#workers.delete(rigWorker)) return;
        worker.shutdown();
        await running;
      },
    };
    this.#workers.add(rigWorker);
    return rigWorker;
  }

  /** Starts a provisioning as the API does. */
  async start(request: ProvisionTenant): Promise<WorkflowHandleWithFirstExecutionRunId> {
    const handle = await this.client.workflow.start('provisionTenant', this.#options(request));
    this.#runs.push({ workflowId: handle.workflowId, runId: handle.firstExecutionRunId });
    return handle;
  }

  /** Starts a provisioning and waits for its verdict, in one call, as POST /tenants does; a repetition has the same update id. */
  async startForVerdict(request: ProvisionTenant, updateId: string): Promise<{ verdict: ValidationVerdict; runId: string }> {
    const startWorkflowOperation = new WithStartWorkflowOperation('provisionTenant', this.#options(request));
    const verdict = await this.client.workflow.executeUpdateWithStart<never, ValidationVerdict, []>(VERDICT_UPDATE,
      { startWorkflowOperation: startWorkflowOperation as never, updateId });
    const { workflowId } = await startWorkflowOperation.workflowHandle();
    const { runId } = await this.client.workflow.getHandle(workflowId).describe();
    this.#runs.push({ workflowId, runId });
    return { verdict, runId };
  }

  /** Resets a run to where the first activity with this id was completed, as an operator does in the Web UI. */
  async resetTo(handle: WorkflowHandle, runId: string, activityId: string): Promise<WorkflowHandle> {
    const { workflowId } = handle;
    const { events } = await this.client.workflow.getHandle(workflowId, runId).fetchHistory();
    const scheduled = events?.find((event) => event.activityTaskScheduledEventAttributes?.activityId === activityId);
    const reset = await this.client.workflowService.resetWorkflowExecution({
      namespace: NAMESPACE, workflowExecution: { workflowId, runId }, reason: 'reset by the test', requestId: crypto.randomUUID(),
      workflowTaskFinishEventId: scheduled?.activityTaskScheduledEventAttributes?.workflowTaskCompletedEventId ?? null,
    });
    this.#runs.push({ workflowId, runId: reset.runId });
    return this.client.workflow.getHandle(workflowId, reset.runId);
  }

  /** Pauses an activity, as an operator does. */
  async pause({ workflowId }: WorkflowHandle, id: string): Promise<void> {
    await this.client.workflowService.pauseActivity({ namespace: NAMESPACE, execution: { workflowId }, id, identity: 'test', reason: 'paused by the test', requestId: crypto.randomUUID() });
  }

  async unpause({ workflowId }: WorkflowHandle, id: string): Promise<void> {
    await this.client.workflowService.unpauseActivity({ namespace: NAMESPACE, execution: { workflowId }, id, identity: 'test' });
  }

  /** Stops everything; every run a test started must have closed and must replay. */
  async end(): Promise<void> {
    try {
      const histories = await Promise.all(this.#runs.map(async ({ workflowId, runId }) => {
        const handle = this.client.workflow.getHandle(workflowId, runId);
        const { status } = await handle.describe();
        if (status.name === 'RUNNING') {
          await handle.terminate('left open by the test');
          throw new Error(`the test left ${workflowId} open`);
        }
        return { workflowId, history: await handle.fetchHistory() };
      }));
      await replay(histories);
    } finally {
      await Promise.all([...this.#workers].map((worker) => worker.stop()));
      await this.#native.close();
      await this.#connection.close();
    }
  }

  #options(request: ProvisionTenant) {
    const start = provisioningStart(request.tenantId, request.tenant, { actor: request.actor, requestId: crypto.randomUUID() }, 'Provision');
    const temporal = { client: this.client, connection: this.#connection, namespace: NAMESPACE, taskQueue: this.#taskQueue };
    return { ...startOptions(temporal, start), workflowExecutionTimeout: LONGEST_RUN } as const;
  }
}
