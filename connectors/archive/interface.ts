export interface ArchivedBlob {
  url: string;
  bytes: number;
  /** In hexadecimal. */
  sha256: string;
  /** Metadata that was written with the blob. */
  metadata: Readonly<Record<string, string>>;
}

/** Long-term storage of audit exports: Azure Blob Storage. Blobs are written once (If-None-Match: *) and read back. */
export interface Archive {
  /**
   * Writes a blob that must not exist. An existing blob with the same SHA-256 counts as written. A different blob is UNAVAILABLE: an
   * earlier attempt has just written it, and the next attempt finds it. `metadata` is called after the last byte of the content.
   */
  write(name: string, content: AsyncIterable<Buffer> | Buffer, metadata?: () => Readonly<Record<string, string>>): Promise<ArchivedBlob>;
  find(name: string): Promise<ArchivedBlob | undefined>;
  /** Streams the content, some megabytes at a time. A missing blob is UNAVAILABLE. */
  read(name: string): AsyncIterable<Buffer>;
}
