import { userToken } from '../../../deploy/local/stack/tokens.ts';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { uniqueSlug } from '../api.ts';
import { endpoints, serviceEnvironment } from '../endpoints.ts';
import { startOwnService, type OwnService } from '../service.ts';
import { assertEnded, type MatrixTenant } from './acts.ts';
import type { Life, Stage } from './lives.ts';
import type { Rule } from './rules.ts';
import { ObservedWorker } from './watch.ts';

/** Whether every cell is run, or a fixed sample that takes a minute. */
export const isWhole = process.env['MATRIX'] === 'whole';

/** Lives at the same time: as many as two cores are busy with. */
const AT_ONCE = 6;

/** An API and an observed worker of a matrix's own. */
export class MatrixService {
  readonly #own: OwnService;
  readonly #settings: Record<string, string>;
  worker: ObservedWorker;

  private constructor(own: OwnService, worker: ObservedWorker, settings: Record<string, string>) {
    this.#own = own;
    this.worker = worker;
    this.#settings = settings;
  }

  /** `settings` are those of its workers, on top of the stack's; `ofApi` those of its API. */
  static async start(word: string, settings: Record<string, string> = {}, ofApi: Record<string, string> = { VERDICT_DEADLINE_MS: '20000' }): Promise<MatrixService> {
    const own = await startOwnService(uniqueSlug(word), ofApi);
    return new MatrixService(own, await ObservedWorker.start(own.taskQueue, settings), settings);
  }

  get api(): string {
    return this.#own.api;
  }

  get taskQueue(): string {
    return this.#own.taskQueue;
  }

  /** Another worker on the same task queue. */
  startWorker(rules: readonly Rule[] = [], settings: Record<string, string> = {}): Promise<ObservedWorker> {
    return ObservedWorker.start(this.#own.taskQueue, { ...this.#settings, ...settings }, rules);
  }

  tenant(word: string): MatrixTenant {
    return { slug: uniqueSlug(word), api: this.api, id: '' };
  }

  /** Writes a line about how far the matrix has come beside the logs of the stack. */
  note(line: string): void {
    appendFileSync(join(endpoints().dataDir, 'logs', 'matrix.log'), `${new Date().toISOString()} ${line}\n`);
  }

  async stop(): Promise<void> {
    await this.worker.end('SIGKILL');
    await this.#own.stop();
  }
}

/** Needs of one stage of a life, besides the tenant. */
export interface Living {
  /** Resumes, once, an operation that failed early. */
  resume?: (tenant: MatrixTenant) => Promise<void>;
  afterwards?: (stage: Stage) => Promise<void>;
}

/** Lives a life stage by stage; resolves with the reason of an early end, or with nothing. */
export const live = async (
  service: MatrixService, tenant: MatrixTenant, stages: Life['stages'], { resume, afterwards = async () => undefined }: Living = {},
): Promise<string | undefined> => {
  for (const stage of stages) {
    const { name, act, again = act, ends = 'COMPLETED' } = stage;
    const worker = () => service.worker;
    try {
      let operation = await act(tenant, worker);
      if (resume && operation['status'] === 'FAILED' && ends === 'COMPLETED') {
        await resume(tenant);
        operation = await again(tenant, worker);
      }
      assertEnded(operation, ends);
      await afterwards(stage);
      service.note(`${tenant.slug}: ${name}`);
    } catch (error) {
      return `${name}: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
  return undefined;
};

/** Runs tasks side by side, a few at a time, in their order. */
export const sideBySide = async <Task, Result>(tasks: readonly Task[], run: (task: Task) => Promise<Result>, atOnce = AT_ONCE): Promise<Result[]> => {
  const results: Result[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < tasks.length) {
      const index = next;
      next += 1;
      results[index] = await run(tasks[index]!);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, tasks.length) }, lane));
  return results;
};

/** Another platform admin than the stack's own. */
export const anotherAdmin = async (name: string): Promise<NonNullable<MatrixTenant['caller']>> =>
  ({ name, token: await userToken(serviceEnvironment()['JWT_SECRET'] ?? '', { subject: name, role: 'platform_admin' }) });
