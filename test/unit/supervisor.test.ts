import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, isAlive } from '../../deploy/local/process-identity.ts';
import { waitUntil } from '../../deploy/local/stack/ready.ts';
import { PartFailed, reapOrphans, Supervisor } from '../../deploy/local/stack/supervisor.ts';

describe('the supervisor of the local stack', () => {
  let folder: string;
  let supervisor: Supervisor;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'supervisor-'));
    supervisor = new Supervisor(folder);
  });
  afterEach(async () => {
    await supervisor.endAll();
    rmSync(folder, { recursive: true });
  });

  const start = (name: string, script: string) => supervisor.start({ name, command: 'sh', parameters: ['-c', script] });

  /** The pid that a part wrote into a file of the data folder, its working directory. */
  const pidIn = async (file: string): Promise<number> => {
    while (!existsSync(join(folder, file)) || !readFileSync(join(folder, file), 'utf8').endsWith('\n')) await sleep(10);
    return Number(readFileSync(join(folder, file), 'utf8'));
  };

  it('fails with the name and the last words of a part that ends by itself', async () => {
    start('broker', 'echo no space left; exit 3');
    await assert.rejects(supervisor.failed, (error: Error) => {
      assert.ok(error instanceof PartFailed);
      assert.match(error.message, /^broker exited with code 3/);
      assert.match(error.message, /no space left/);
      return true;
    });
  });

  it('fails when a part is killed from outside, or cannot be started', async () => {
    start('database', 'echo $$ > pid; exec sleep 60');
    process.kill(await pidIn('pid'), 'SIGKILL');
    await assert.rejects(supervisor.failed, /database was killed by SIGKILL/);
    const other = new Supervisor(folder);
    other.start({ name: 'ghost', command: '/nowhere/ghost', parameters: [] });
    await assert.rejects(other.failed, /ghost/);
  });

  it('ends a wait for readiness as soon as any part fails', async () => {
    start('broker', 'sleep 0.2; exit 1');
    const began = performance.now();
    await assert.rejects(waitUntil('database', supervisor, async () => false), /broker exited with code 1/);
    assert.ok(performance.now() - began < 5_000);
  });

  it('takes the end of a part that was asked for as no failure', async () => {
    start('worker', 'exec sleep 60');
    await supervisor.end('worker', 'SIGKILL');
    assert.equal(supervisor.isRunning('worker'), false);
    assert.equal(await Promise.race([supervisor.failed, sleep(100, 'no failure')]), 'no failure');
  });

  it('leaves no process behind, not even children of a part', async () => {
    start('database', 'sleep 60 & echo $! > child; wait');
    const child = identify(await pidIn('child'));
    assert.ok(child);
    await supervisor.endAll();
    await sleep(50);
    assert.equal(isAlive(child), false);
  });

  it('passes no variable of its own environment on to a part', async () => {
    process.env['KUBECONFIG'] = '/home/someone/.kube/config';
    try {
      start('worker', 'echo "config=$KUBECONFIG" > seen; echo 0 > done; exec sleep 60');
      await pidIn('done');
      assert.equal(readFileSync(join(folder, 'seen'), 'utf8'), 'config=\n');
    } finally {
      delete process.env['KUBECONFIG'];
    }
  });

  it('kills the recorded orphans of a dead stack, and no later process that has the pid of one', async () => {
    const orphan = spawn('sleep', ['60'], { detached: true });
    const bystander = spawn('sleep', ['60'], { detached: true });
    const identity = identify(orphan.pid!);
    writeFileSync(join(folder, 'processes.json'), JSON.stringify([identity, { pid: bystander.pid, startTime: 'long ago' }]));
    reapOrphans(folder);
    assert.equal((await once(orphan, 'exit'))[1], 'SIGKILL');
    assert.equal(bystander.exitCode, null);
    assert.ok(identify(bystander.pid!));
    bystander.kill();
  });
});
