import { fileURLToPath } from 'node:url';

/** Absolute path of the clone. */
export const projectFolder = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
