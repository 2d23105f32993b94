/** Compiles the service for running it. Run as `npm run build`. */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { build } from 'esbuild';
import { projectFolder } from './local/project-folder.ts';

/** Where the compiled service lies: in the project, because what it depends on is found from there. */
const DIST = join(projectFolder, 'dist');

/** The compiled programs; each runs as `node {path}`. `workflowBundle` is what the worker's setting WORKFLOW_BUNDLE names. */
export const BUILT = { worker: join(DIST, 'worker.js'), api: join(DIST, 'api.js'), workflowBundle: join(DIST, 'workflow-bundle.js') } as const;

/**
 * Compiles worker and API to one file each, and the workflows to the bundle that the worker's sandbox loads: from its sources a worker
 * takes three times as long to start. Files are replaced whole, so that a build beside a running service or another build does no harm.
 */
export const buildService = async (): Promise<void> => {
  await Promise.all([
    compile('worker/main.ts', BUILT.worker),
    compile('api/main.ts', BUILT.api),
    bundleWorkflowCode({ workflowsPath: join(projectFolder, 'workflows/index.ts'), logger: new DefaultLogger('WARN') })
      .then(({ code }) => replace(BUILT.workflowBundle, code)),
  ]);
};

const compile = async (entry: string, outfile: string): Promise<void> => {
  const { outputFiles } = await build({
    entryPoints: [join(projectFolder, entry)], outfile, bundle: true, packages: 'external', platform: 'node', format: 'esm', target: 'node20',
    sourcemap: true, write: false, logLevel: 'silent',
  });
  // The source map first: whoever finds the program finds its map.
  for (const { path, contents } of outputFiles.toSorted((a, b) => b.path.length - a.path.length)) await replace(path, contents);
};

const replace = async (path: string, content: string | Uint8Array): Promise<void> => {
  await mkdir(dirname(path), { recursive: true });
  const draft = join(dirname(path), `.${basename(path)}.${process.pid}`);
  await writeFile(draft, content);
  await rename(draft, path);
};

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildService();
