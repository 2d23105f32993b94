export interface ArchivedBlob {
  url: string;
  bytes: number;
  /** In hexadecimal. */
  sha256: string;
  /** As it was written with the blob. */
  metadata: Readonly<Record<string, string>>;
}

/** Long-term storage of audit exports: Azure Blob Storage. Blobs are written once (If-None-Match: *) and read back. */
export interface Archive {
  /**
   * Writes a blob that must not exist; one with the same SHA-256 counts as written. A different one is UNAVAILABLE: an attempt before
   * this one has just written it, and the next attempt finds it. `metadata` is asked for when the content has ended.
   */
  write(name: string, content: AsyncIterable<Buffer> | Buffer, metadata?: () => Readonly<Record<string, string>>): Promise<ArchivedBlob>;
  find(name: string): Promise<ArchivedBlob | undefined>;
  /** The content, some megabytes at a time. A blob that is not there is UNAVAILABLE. */
  read(name: string): AsyncIterable<Buffer>;
}
