import assert from 'node:assert/strict';
import { relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { workflowBundle } from '../support/workflow-bundle.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SOURCE_MAP = /\/\/# sourceMappingURL=data:application\/json;(?:charset=utf-8;)?base64,(.+)/;

/** What the sandbox is made of: the SDK and what it brings itself. Anything else, zod say, has no business in a workflow. */
const PACKAGES = ['@temporalio/common', '@temporalio/workflow', 'long', 'ms', 'nexus-rpc'];

const packageOf = (source: string): string | undefined => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source)?.[1];

describe('the workflow bundle', function () {
  this.timeout(120_000);

  // A built-in module of Node in it fails the build itself.
  it('builds, from the workflows, the domain and the SDK alone', async () => {
    const [, map] = SOURCE_MAP.exec((await workflowBundle()).code) ?? [];
    assert.ok(map, 'the bundle names no sources');
    const { sources } = JSON.parse(Buffer.from(map, 'base64').toString()) as { sources: string[] };
    const own = sources.filter((source) => source.startsWith(ROOT) && source.endsWith('.ts') && !packageOf(source));
    assert.deepEqual(new Set(sources.flatMap((source) => packageOf(source) ?? [])), new Set(PACKAGES));
    assert.deepEqual(new Set(own.map((source) => relative(ROOT, source).split(sep)[0])), new Set(['tenant', 'workflows']));
  });
});
