import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildService } from '../../deploy/build.ts';
import { createProgress } from '../../deploy/local/progress.ts';
import { startStack, type Stack } from '../../deploy/local/stack/stack.ts';
import { ENDPOINTS_VARIABLE } from './endpoints.ts';

let stack: Stack | undefined;
let dataDir: string | undefined;

/** Starts one stack for the whole run, on free ports and in a folder of its own, so that it runs beside `npm start`. */
export async function mochaGlobalSetup(): Promise<void> {
  // A stack that is up may run what was compiled before the last change.
  if (process.env[ENDPOINTS_VARIABLE]) return buildService();
  dataDir = await mkdtemp(join(tmpdir(), 'tenant-service-test-'));
  stack = await startStack({ dataDir, fixedPorts: false, services: true, progress: createProgress() });
  stack.failed.catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
  process.env[ENDPOINTS_VARIABLE] = join(dataDir, 'endpoints.json');
}

/** Stops the stack; its logs stay where a test failed, for whoever looks into it. */
export async function mochaGlobalTeardown(this: { stats?: { failures: number } }): Promise<void> {
  await stack?.stop();
  if (!dataDir) return;
  if (this.stats?.failures === 0) await rm(dataDir, { recursive: true, force: true });
  else console.error(`logs of the stack: ${join(dataDir, 'logs')}`);
}
