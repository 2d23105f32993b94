import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { identify } from '../../deploy/local/process-identity.ts';
import { acquireLock, tryAcquireLock } from '../../deploy/local/toolchain/lock.ts';

const HOLDER = fileURLToPath(new URL('../support/hold-lock.ts', import.meta.url));
const holder = (...parameters: string[]): ChildProcess =>
  spawn(process.execPath, ['--import', 'tsx', HOLDER, ...parameters], { stdio: ['ignore', 'pipe', 'inherit'] });

describe('the lock on the tool cache', function () {
  this.timeout(30_000);
  let folder: string;
  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), 'lock-')), 'lock');
  });
  afterEach(() => rmSync(join(folder, '..'), { recursive: true }));

  it('makes a second one wait until it is released', async () => {
    const order: string[] = [];
    const first = await acquireLock(folder);
    const second = acquireLock(folder, { onWait: ({ pid }) => order.push(`waits for ${pid}`) }).then((lock) => {
      order.push('has it');
      return lock;
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    order.push('released');
    first.release();
    (await second).release();
    assert.deepEqual(order, [`waits for ${process.pid}`, 'released', 'has it']);
  });

  it('names the living process that holds it, and is taken over when that was killed', async () => {
    const child = holder(folder);
    await once(child.stdout!, 'data');
    const held = tryAcquireLock(folder);
    assert.ok(!('release' in held));
    assert.equal(held.pid, child.pid);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const taken = tryAcquireLock(folder);
    assert.ok('release' in taken);
    taken.release();
  });

  it('is taken over from a dead process whose pid another one has now', () => {
    const me = identify(process.pid);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, '7'), JSON.stringify({ pid: process.pid, startTime: `not ${me?.startTime}` }));
    assert.ok('release' in tryAcquireLock(folder));
  });

  it('is granted to one process at a time when many find a dead holder', async () => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, '3'), JSON.stringify({ pid: process.pid, startTime: 'long ago' }));
    const counter = join(folder, '..', 'counter');
    writeFileSync(counter, '0');
    const children = Array.from({ length: 4 }, () => holder(folder, counter));
    const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0] as number));
    assert.deepEqual(codes, [0, 0, 0, 0]);
    assert.equal(readFileSync(counter, 'utf8'), '4');
  });
});
