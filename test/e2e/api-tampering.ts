import { encodeBase64url } from '#libs/keys';
import { fromHex } from '#libs/protocol';

function parts(token: string): [string, string, string] {
  return token.split('.') as [string, string, string];
}

/** A token with other header parameters and the same signature. */
export function withHeader(token: string, change: object): string {
  const [header, payload, signature] = parts(token);
  const changed = { ...(JSON.parse(Buffer.from(header, 'base64url').toString()) as object), ...change };
  return `${encodeBase64url(Buffer.from(JSON.stringify(changed)))}.${payload}.${signature}`;
}

/** A token with one bit of its signature flipped. */
export function changeSignature(token: string): string {
  const [header, payload, signature] = parts(token);
  const bytes = Buffer.from(signature, 'base64url');
  bytes[5]! ^= 1;
  return `${header}.${payload}.${encodeBase64url(bytes)}`;
}

/** A token with another payload and the same signature. */
export function changePayload(token: string): string {
  const [header, payload, signature] = parts(token);
  const text = Buffer.from(payload, 'base64url').toString().replace('"anonymous"', '"named"');
  return `${header}.${encodeBase64url(Buffer.from(text))}.${signature}`;
}

/** A token without its payload. */
export function detached(token: string): string {
  const [header, , signature] = parts(token);
  return `${header}..${signature}`;
}

/** The other valid ES256 signature over the same: (r, n - s). */
export function twin(token: string): string {
  const [header, payload, signature] = parts(token);
  const bytes = Buffer.from(signature, 'base64url');
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const s = order - BigInt(`0x${bytes.subarray(32).toString('hex')}`);
  const other = Buffer.concat([
    bytes.subarray(0, 32),
    Buffer.from(fromHex(s.toString(16).padStart(64, '0'))!),
  ]);
  return `${header}.${payload}.${encodeBase64url(other)}`;
}

/** A token whose header is whatever is given, signed by whatever function. */
export function craft(header: object, payload: object, signer: (input: Buffer) => Buffer): string {
  const part = (value: object): string => encodeBase64url(Buffer.from(JSON.stringify(value)));
  const input = `${part(header)}.${part(payload)}`;
  return `${input}.${encodeBase64url(signer(Buffer.from(input)))}`;
}

/** The same signature with other spare bits in its last character. */
export function respell(token: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const last = alphabet.indexOf(token.at(-1)!);
  return token.slice(0, -1) + alphabet[last ^ 1]!;
}

/** Seconds since 1970. */
export function now(): number {
  return Math.floor(Date.now() / 1000);
}

/** A form without one of its fields. */
export function without(form: Record<string, string>, name: string): Record<string, string> {
  return Object.fromEntries(Object.entries(form).filter(([key]) => key !== name));
}
