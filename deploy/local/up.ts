/** Starts the stack and keeps it up until SIGTERM or SIGINT: `tsx deploy/local/up.ts --data DIR [--free-ports] [--no-services]`. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createProgress } from './progress.ts';
import { startStack } from './stack/stack.ts';

const { values } = parseArgs({
  options: { data: { type: 'string' }, 'free-ports': { type: 'boolean', default: false }, 'no-services': { type: 'boolean', default: false } },
});
if (!values.data) throw new Error('--data names the folder for data, logs and endpoints.json');

const asked = new Promise<void>((done) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => done());
});
const progress = createProgress();
const stack = await startStack({ dataDir: resolve(values.data), fixedPorts: !values['free-ports'], services: !values['no-services'], progress });
progress.line(`ready: ${resolve(values.data)}/endpoints.json`);
try {
  await Promise.race([asked, stack.failed]);
} finally {
  await stack.stop();
}
