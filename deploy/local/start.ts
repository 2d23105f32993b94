/** `npm start`: the stack, then a sample tenant before your eyes; stays up until Ctrl-C. With `-- --once` it stops then, and exits 0 only if the tenant is ACTIVE. */
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { exitWith, Interrupted, interruption, rejectOnAbort } from './interruption.ts';
import { createProgress, type Progress } from './progress.ts';
import { projectFolder } from './project-folder.ts';
import { provisionSample } from './sample.ts';
import { removeEndpoints, writeEndpoints, type Endpoints } from './stack/endpoints.ts';
import { startStack, type Stack } from './stack/stack.ts';

const endpointsFolder = join(projectFolder, '.stack');
// PostgreSQL's own user must get into the data folder, which it may not where many clones lie: so it is not in the clone, but one for each.
const dataDir = join(tmpdir(), `matih-tenant-service-${createHash('sha256').update(projectFolder).digest('hex').slice(0, 8)}`);

const { values } = parseArgs({ options: { once: { type: 'boolean', default: false } } });

await exitWith(async () => {
  const progress = createProgress();
  const signal = interruption();
  progress.line('starting the local stack');
  const stack = await startStack({ dataDir, fixedPorts: true, services: true, progress, signal });
  try {
    writeEndpoints(endpointsFolder, stack.endpoints);
    return await Promise.race([values.once ? once(stack, progress) : stayUp(stack, progress), rejectOnAbort(signal), stack.failed]);
  } catch (error) {
    if (error instanceof Interrupted && !values.once) return 0; // the way it is meant to end
    throw error;
  } finally {
    removeEndpoints(endpointsFolder);
    progress.line('stopping the local stack');
    await stack.stop();
  }
});

async function once(stack: Stack, progress: Progress): Promise<number> {
  const result = await provisionSample(stack, progress);
  process.stdout.write(`${JSON.stringify(result)}\n`);
  return result.status === 'ACTIVE' ? 0 : 1;
}

async function stayUp(stack: Stack, progress: Progress): Promise<never> {
  await provisionSample(stack, progress);
  showAddresses(stack.endpoints, progress);
  return new Promise(() => {});
}

function showAddresses(endpoints: Endpoints, progress: Progress): void {
  progress.line(`
  API             ${endpoints.api}/api/v1/tenants
  Temporal Web UI ${endpoints.temporalUi}
  everything else .stack/endpoints.json
  logs            ${endpoints.dataDir}/logs

  curl -H "Authorization: Bearer $(node -p 'require("./.stack/endpoints.json").tokens.platform_admin')" ${endpoints.api}/api/v1/tenants

Ctrl-C stops everything.`);
}
