import { sign } from 'node:crypto';
import { encodeBase64url } from './base64url.js';
import { generateSigningKey, type SigningKey } from './signing-key.js';

export const TYP = 'cairn-test+jws';
/** One key of each algorithm. */
export const testKeys: Readonly<Record<'Ed25519' | 'ES256', SigningKey>> = {
  Ed25519: generateSigningKey('Ed25519'),
  ES256: generateSigningKey('ES256'),
};
export const b64 = (data: string | Uint8Array): string => encodeBase64url(Buffer.from(data));

/** A token with a true signature over any header, made without the code under test. */
export function forge(
  header: object | string,
  payload: string | Uint8Array = '{}',
  { privateKey, publicKey } = testKeys.Ed25519,
): string {
  const input = `${b64(typeof header === 'string' ? header : JSON.stringify(header))}.${b64(payload)}`;
  const es256 = publicKey.alg === 'ES256';
  const signature = sign(es256 ? 'sha256' : null, Buffer.from(input), {
    key: privateKey,
    dsaEncoding: 'ieee-p1363',
  });
  return `${input}.${encodeBase64url(signature)}`;
}
