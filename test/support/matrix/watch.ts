import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { endpoints, serviceEnvironment } from '../endpoints.ts';
import { freePort } from '../postgres.ts';
import type { Attempt, Order, Report, Rule, SentCall } from './rules.ts';

const PROGRAM = fileURLToPath(new URL('observed-worker.ts', import.meta.url));

export type Strike = Attempt & { rule: Rule; at: number };

/** A worker of the test's own that tells what its activities change outside. */
export class ObservedWorker {
  readonly calls: SentCall[] = [];
  readonly activities: (Attempt & { at: number })[] = [];
  readonly strikes: Strike[] = [];
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (message) => this.#take(message as Report));
  }

  /** Starts one on a task queue; `settings` overrides the stack's. */
  static async start(taskQueue: string, settings: Record<string, string> = {}, rules: readonly Rule[] = []): Promise<ObservedWorker> {
    const child = fork(PROGRAM, {
      execArgv: ['--import', 'tsx', '--enable-source-maps'], stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: {
        PATH: process.env['PATH'], HOME: process.env['HOME'], ...serviceEnvironment(), TEMPORAL_TASK_QUEUE: taskQueue,
        WORKER_HEALTH_HOST: '127.0.0.1', WORKER_HEALTH_PORT: String(await freePort()), LOG_LEVEL: 'warn', ...settings,
      },
    });
    const log = createWriteStream(join(endpoints().dataDir, 'logs', `${taskQueue}-observed.log`), { flags: 'a' });
    child.stdout?.pipe(log, { end: false });
    child.stderr?.pipe(log, { end: false });
    running.add(child);
    child.once('exit', () => running.delete(child));
    const worker = new ObservedWorker(child);
    await new Promise<void>((resolve, reject) => {
      child.on('message', ({ type }: Report) => { if (type === 'ready') resolve(); });
      child.once('exit', (code) => reject(new Error(`the observed worker ended at its start with code ${code}`)));
    });
    worker.order({ type: 'rules', rules, losesDeliveries: false });
    return worker;
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  order(order: Order): void {
    if (this.#child.connected) this.#child.send(order);
  }

  release(slug: string): void {
    this.order({ type: 'release', slug });
  }

  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill(signal);
    await ended;
  }

  #take(report: Report): void {
    if (report.type === 'call') this.calls.push(report);
    if (report.type === 'activity') this.activities.push(report);
    if (report.type === 'struck') this.strikes.push(report);
  }
}

/** A worker that a test left running ends with the test's own process. */
const running = new Set<ChildProcess>();
process.once('exit', () => { for (const child of running) child.kill('SIGKILL'); });
