/** The stack alone, until SIGTERM or Ctrl-C: `tsx deploy/local/up.ts --data DIR [--free-ports] [--no-services]`; `DIR/endpoints.json` says where everything is. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { exitWith, interruption, rejectOnAbort } from './interruption.ts';
import { createProgress } from './progress.ts';
import { startStack } from './stack/stack.ts';

const { values } = parseArgs({
  options: { data: { type: 'string' }, 'free-ports': { type: 'boolean', default: false }, 'no-services': { type: 'boolean', default: false } },
});

await exitWith(async () => {
  if (!values.data) throw new Error('--data names the folder for data, logs and endpoints.json');
  const dataDir = resolve(values.data);
  const progress = createProgress();
  const signal = interruption();
  const stack = await startStack({ dataDir, fixedPorts: !values['free-ports'], services: !values['no-services'], progress, signal });
  progress.line(`ready: ${dataDir}/endpoints.json`);
  try {
    return await Promise.race([rejectOnAbort(signal), stack.failed]);
  } finally {
    await stack.stop();
  }
});
