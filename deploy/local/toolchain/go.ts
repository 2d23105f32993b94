import { execa } from 'execa';

/** The oldest Go that builds the pinned modules, and the release an older one fetches to do so. */
const MINIMUM = [1, 26, 4] as const;
const FETCHED_TOOLCHAIN = 'go1.26.8+auto';
/** Since this version Go can fetch a newer one. */
const CAN_FETCH_TOOLCHAIN = [1, 21, 0] as const;

/** Version of the Go on the PATH, or undefined when there is none. */
async function installedGo(): Promise<readonly number[] | undefined> {
  const { stdout } = await execa('go', ['env', 'GOVERSION'], { env: { GOTOOLCHAIN: 'local' }, reject: false, cwd: '/' });
  const match = /^go(\d+)\.(\d+)(?:\.(\d+))?/.exec(stdout ?? '');
  return match ? match.slice(1).map((part) => Number(part ?? 0)) : undefined;
}

const atLeast = (version: readonly number[], minimum: readonly number[]) => {
  const different = minimum.findIndex((part, index) => part !== version[index]);
  return different < 0 || (version[different] ?? 0) > (minimum[different] ?? 0);
};

/** What is wrong with this machine's Go for our builds, or undefined. */
export async function goProblem(): Promise<string | undefined> {
  const version = await installedGo();
  if (!version) return `Go ${MINIMUM.join('.')} or newer on the PATH, to build what cannot be downloaded`;
  if (!atLeast(version, CAN_FETCH_TOOLCHAIN)) return `Go ${MINIMUM.join('.')} or newer (found ${version.join('.')}), to build what cannot be downloaded`;
  return undefined;
}

/** Environment in which `go` is new enough: its own version when that suffices, else one it fetches. */
export async function goEnvironment(): Promise<{ GOTOOLCHAIN: string }> {
  return { GOTOOLCHAIN: atLeast((await installedGo()) ?? [], MINIMUM) ? 'local' : FETCHED_TOOLCHAIN };
}
