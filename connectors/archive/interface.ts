/** Long-term storage of audit exports: Azure Blob Storage. Blobs are written once (If-None-Match: *) and read back. */
export interface Archive {
  /** Writes a blob that must not exist; one with the same SHA-256 counts as written, a different one is a CONFLICT. */
  write(name: string, content: AsyncIterable<Buffer> | Buffer, metadata: Readonly<Record<string, string>>): Promise<{ url: string; bytes: number; sha256: string }>;
  read(name: string): Promise<Buffer | undefined>;
}
