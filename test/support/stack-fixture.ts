import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createProgress } from '../../deploy/local/progress.ts';
import { writeEnvironment } from '../../deploy/local/stack/endpoints.ts';
import { startStack, type Stack } from '../../deploy/local/stack/stack.ts';
import { ENDPOINTS_VARIABLE } from './endpoints.ts';
import { workflowBundle } from './workflow-bundle.ts';

let stack: Stack | undefined;
let dataDir: string | undefined;

/** Starts one stack for the whole run, on free ports and in a folder of its own, so that it runs beside `npm start`. */
export async function mochaGlobalSetup(): Promise<void> {
  if (process.env[ENDPOINTS_VARIABLE]) return;
  dataDir = await mkdtemp(join(tmpdir(), 'tenant-service-test-'));
  stack = await startStack({ dataDir, fixedPorts: false, services: true, progress: createProgress() });
  stack.failed.catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
  // Bundled once for all the workers that tests start.
  const bundle = join(dataDir, 'workflow-bundle.js');
  await writeFile(bundle, (await workflowBundle()).code);
  writeEnvironment(dataDir, { ...stack.environment, WORKFLOW_BUNDLE: bundle });
  process.env[ENDPOINTS_VARIABLE] = join(dataDir, 'endpoints.json');
}

/** Stops the stack; its logs stay where a test failed, for whoever looks into it. */
export async function mochaGlobalTeardown(this: { stats?: { failures: number } }): Promise<void> {
  await stack?.stop();
  if (!dataDir) return;
  if (this.stats?.failures === 0) await rm(dataDir, { recursive: true, force: true });
  else console.error(`logs of the stack: ${join(dataDir, 'logs')}`);
}
