import { setTimeout as delay } from 'node:timers/promises';
import { keyFingerprint, type SignatureAlgorithm, type SigningKey } from '#libs/keys';
import type { KeyPurpose } from '#libs/protocol';
import { ClientError } from '../client-error.js';
import { withKeyErrors } from '../config/member-home.js';
import { RotationFiles } from '../config/rotation-files.js';
import { FileLock } from '../files/file-lock.js';
import type { HubKey, MemberKeys } from './member-keys.js';

const POLL_MS = 1000;

export interface RotationOptions {
  readonly purpose: KeyPurpose;
  readonly alg?: SignatureAlgorithm;
  /** 7 to 90; the hub's least when null. */
  readonly overlapDays: number | null;
  /** Milliseconds to wait until the new key is active. */
  readonly timeoutMs: number;
  /** Told of each new key before it is waited for: without an active key beside it two staff must hear its fingerprint. */
  readonly onWaiting?: (waiting: { thumbprint: string; fingerprint: string; route: string }) => void;
}

export interface RotationResult {
  readonly purpose: KeyPurpose;
  readonly thumbprint: string;
  readonly file: string;
  readonly old: { readonly thumbprint: string; readonly file: string; readonly state: string };
}

/**
 * Replaces the key of a purpose: makes the next one beside the present one, registers it with proofs of both, waits until it is active,
 * retires the present one, and only then swaps the files. What has been done is found out from the hub and the files, so a run that was
 * broken off anywhere is ended by the next one: no private key is lost, and none is retired while its successor is not active.
 *
 * @throws ClientError `TIMEOUT` when the new key is not active in time: run it again; `BUSY`, `KEY_UNUSABLE`, or as `MemberKeys` does
 */
export async function rotateKey(keys: MemberKeys, options: RotationOptions): Promise<RotationResult> {
  const { member } = await keys.home.load();
  const present = await keys.home.loadKey(options.purpose);
  const files = new RotationFiles(keys.home, options.purpose);
  const lock = await FileLock.acquire(files.lock);
  try {
    const next = await withKeyErrors(() => files.loadOrCreateNext(options.alg));
    const standing = await registerNext(keys, { member, present, next }, options);
    const state = await retirePresent(keys, standing, present, options.overlapDays);
    if (!(await lock.isHeld()))
      throw new ClientError('BUSY', files.lock, 'another process took over; run it again');
    await files.swap(present);
    const old = { thumbprint: present.publicKey.kid, file: files.kept(present.publicKey.kid), state };
    const file = keys.home.keyFile(options.purpose);
    return { purpose: options.purpose, thumbprint: next.publicKey.kid, file, old };
  } finally {
    await lock.release();
  }
}

interface Pair {
  readonly member: string;
  readonly present: SigningKey;
  readonly next: SigningKey;
}

/** The keys of the member once the next one is active. */
async function registerNext(
  keys: MemberKeys,
  { member, present, next }: Pair,
  { purpose, timeoutMs, onWaiting }: RotationOptions,
): Promise<HubKey[]> {
  const { kid } = next.publicKey;
  const { state, route } = await keys.register(purpose, next, present);
  if (state !== 'active')
    onWaiting?.({ thumbprint: kid, fingerprint: keyFingerprint(next.publicKey), route });
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const standing = await keys.standing(member);
    const found = standing.find(({ thumbprint }) => thumbprint === kid);
    if (found?.state === 'active') return standing;
    if (found?.state !== 'pending')
      throw new ClientError('KEY_UNUSABLE', 'next key', `is ${found?.state ?? 'withdrawn'}; run it again`);
    const left = deadline - Date.now();
    if (left <= 0)
      throw new ClientError(
        'TIMEOUT',
        'next key',
        'is not active yet; nothing is lost: run the same command later',
      );
    await delay(Math.min(left, POLL_MS));
  }
}

/** Retires the present key unless that was done before; @returns its state */
async function retirePresent(
  keys: MemberKeys,
  standing: readonly HubKey[],
  { publicKey }: SigningKey,
  overlapDays: number | null,
): Promise<string> {
  const found = standing.find(({ thumbprint }) => thumbprint === publicKey.kid);
  if (found?.state !== 'active' || found.route === 'key_set') return found?.state ?? 'unknown';
  await keys.retire(publicKey.kid, overlapDays);
  return 'retiring';
}
