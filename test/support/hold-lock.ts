/** Child process of the lock's tests: `hold-lock.ts FOLDER COUNTER` adds one to the number in a file, slowly, under the lock; without COUNTER it keeps the lock until killed. */
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { acquireLock } from '../../deploy/local/toolchain/lock.ts';

const [folder = '', counter] = process.argv.slice(2);
const lock = await acquireLock(folder);
if (counter) {
  const value = Number(readFileSync(counter, 'utf8'));
  await sleep(50);
  writeFileSync(counter, String(value + 1));
  lock.release();
} else {
  process.stdout.write('held\n');
  await sleep(60_000);
}
