import { createHash, timingSafeEqual } from 'node:crypto';
import { join, relative } from 'node:path';
import { type Config, PlatformError } from '#libs/platform';
import { SIGNING_REFUSALS, type SigningRefusal } from './checkpoint-signer.js';

/** The wire between worker and signer (docs/protocol-signer.md): what both ends must say alike. */
export const SIGN_PATH = '/v1/sign';
export const LOG_PATH = '/v1/log';

/** Greatest length of an address of a Unix socket: sun_path of macOS, four bytes less than that of Linux. */
const MAX_SOCKET_PATH = 103;

/** Where a signer listens and is reached. */
export type SignerAddress =
  | { readonly kind: 'socket'; readonly path: string }
  | { readonly kind: 'url'; readonly url: string; readonly secret: string };

/**
 * Where the worker reaches its signer: at `CAIRN_SIGNER_URL`, else on the socket in the data directory.
 *
 * @throws PlatformError `config-invalid` when the path of the socket is too long
 */
export function signerAddress(config: Config): SignerAddress {
  const { signerUrl, signerPort, signerSecret } = config;
  const url = signerUrl ?? (signerPort === undefined ? undefined : `http://127.0.0.1:${signerPort}`);
  if (url !== undefined) return { kind: 'url', url, secret: signerSecret! };
  return { kind: 'socket', path: socketPath(config) };
}

function socketPath({ dataDir }: Config): string {
  const whole = join(dataDir, 'signer', 'socket');
  const path = [relative(process.cwd(), whole), whole].sort((a, b) => a.length - b.length)[0]!;
  if (Buffer.byteLength(path) <= MAX_SOCKET_PATH) return path;
  throw new PlatformError(
    'config-invalid',
    `CAIRN_DATA_DIR is too long for the signer's socket (${whole}): shorten it, or set CAIRN_SIGNER_PORT and CAIRN_SIGNER_SECRET`,
  );
}

/** The header that shows the secret. */
export function authorization(secret: string): string {
  return `Bearer ${secret}`;
}

/** Whether a header shows the secret; takes the same time for any that does not. */
export function isAuthorized(header: string | undefined, secret: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(header ?? ''), digest(authorization(secret)));
}

/** A refusal's reason as it came over the wire, or null for another word. */
export function asRefusal(reason: unknown): SigningRefusal | null {
  return SIGNING_REFUSALS.find((known) => known === reason) ?? null;
}
