/**
 * The code that confirms a deletion: derived from a key only the service has, never stored. A code belongs to one tenant, one request and
 * one admin, and a retried activity derives the same one again.
 */

/** Crockford's alphabet: no letter that is mistaken for a digit. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const BITS = 5;

/** 50 bits. With five tries a guess succeeds once in 2·10¹⁴ requests. */
const LENGTH = 10;

/** What a code is derived from. */
export interface CodeSource {
  tenantId: string;
  /** The first run of the wait; a reset keeps it. */
  originalRunId: string;
  /** Random, kept in the database: who knows the key and the ids alone cannot tell the code. */
  nonce: string;
  /** Who the code is for. */
  admin: string;
}

/** What the API vouches for by its signature: who gave which code for which request. */
export interface SignedConfirmation {
  tenantId: string;
  originalRunId: string;
  actor: string;
  code: string;
}

/** The code, written as XXXXX-XXXXX. @param key at least 32 characters */
export const deletionCode = async (key: string, { tenantId, originalRunId, nonce, admin }: CodeSource): Promise<string> => {
  const digest = await authenticate(key, ['code', tenantId, originalRunId, nonce, admin]);
  let bits = 0n;
  for (const byte of digest.subarray(0, 8)) bits = (bits << 8n) | BigInt(byte);
  const code = Array.from({ length: LENGTH }, (_, index) => ALPHABET[Number((bits >> BigInt(64 - BITS * (index + 1))) & 31n)]).join('');
  return `${code.slice(0, LENGTH / 2)}-${code.slice(LENGTH / 2)}`;
};

/** Whether a code as a person wrote it is the expected one, in a time that does not depend on where they differ. */
export const isSameCode = async (key: string, expected: string, given: string): Promise<boolean> => {
  // Digests under a key of ours: what is compared byte by byte is nothing the guesser chose.
  const [one, other] = await Promise.all([authenticate(key, ['compare', normal(expected)]), authenticate(key, ['compare', normal(given)])]);
  return one.reduce((difference, byte, index) => difference | (byte ^ (other[index] ?? 0)), 0) === 0;
};

/** The API's signature under a confirmation, in hexadecimal. */
export const signConfirmation = async (key: string, { tenantId, originalRunId, actor, code }: SignedConfirmation): Promise<string> =>
  hexadecimal(await authenticate(key, ['confirmation', tenantId, originalRunId, actor, normal(code)]));

export const isSignedConfirmation = async (key: string, confirmation: SignedConfirmation, signature: string): Promise<boolean> =>
  isSameCode(key, await signConfirmation(key, confirmation), signature);

/** Upper case without separators; letters that look like digits become them, as the alphabet's author has it. */
const normal = (code: string): string =>
  code.toUpperCase().replace(/[\s-]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1');

/** JSON keeps the parts apart: no two lists of parts make the same text. */
const authenticate = async (key: string, parts: readonly string[]): Promise<Uint8Array> => {
  const text = new TextEncoder();
  const hmac = await crypto.subtle.importKey('raw', text.encode(key), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  return new Uint8Array(await crypto.subtle.sign('HMAC', hmac, text.encode(JSON.stringify(parts))));
};

const hexadecimal = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
