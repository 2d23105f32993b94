/** A program of the local stack, and every place it can come from. */
export interface Tool {
  readonly name: string;
  readonly version: string;
  /** Environment variable naming one that is already there; wins over everything. */
  readonly setting: string;
  /** Path of what callers start, inside the cache entry. */
  readonly entryPoint: string;
  /** The publisher's download for this platform, when there is one. */
  readonly release?: Release;
  /** How it is made from pinned sources of a package registry. */
  readonly build: Build;
}

export interface Release {
  /** https address; the setting TOOLS_MIRROR replaces `https://` by `{mirror}/`. */
  readonly url: string;
  /** Path inside the .tar.gz archive of the file (or folder) that becomes the entry point; absent: the download is the program. */
  readonly member?: string;
  /** Address of the publisher's checksum file (SHA-256 or SHA-512); absent where the publisher serves none. */
  readonly checksum?: { readonly url: string };
}

export type Build =
  /** `go build` of `package` in the module `deploy/local/tools/{module}`; all packages of a module are built at once. */
  | { readonly kind: 'go'; readonly module: string; readonly package: string; readonly output: string }
  /** `mvn dependency:copy-dependencies` or `npm ci` of the project in `deploy/local/tools/{project}`. */
  | { readonly kind: 'maven' | 'npm'; readonly project: string };
