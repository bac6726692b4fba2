import type { TreeHead } from '#libs/tlog';
import { ClientError, type ClientErrorCode } from '../client-error.js';
import type { EvidenceDirectory } from '../evidence/evidence-directory.js';
import { encodeForkEvidence } from '../evidence/fork-evidence.js';
import { readHead } from './kept-head.js';
import { openCheckpoint, type VerifiedHead } from './open-checkpoint.js';
import { proveFork, type ProvenFork } from './prove-fork.js';
import type { ProvenanceOptions } from './provenance-options.js';

/** What the alarm says. */
export interface HeadDenial {
  readonly code: Extract<ClientErrorCode, 'HEAD_MISMATCH' | 'LOG_FORK'>;
  /** What became of the evidence, in words. */
  readonly reason: string;
}

/**
 * Puts together what shows that a hub denies a head which the key of its log signed: the note of that head, and the checkpoint that it
 * shows now, which is not taken over. That either cannot be had must not silence the alarm.
 *
 * @param note  of the head that was denied; null when it is not known, and the last head that was verified stands for it
 */
export async function denyHead(
  from: ProvenanceOptions,
  evidence: EvidenceDirectory,
  note: string | null,
): Promise<HeadDenial> {
  try {
    const held = note === null ? await readHead(from.directory) : open(from, Buffer.from(note));
    if (held === null) return mismatch('the signed head is not kept here any more');
    const shown = open(from, await from.log.checkpoint());
    if (shown.size === 0) return mismatch('the hub shows a log without leaves now');
    return await keep(from, evidence, held, shown);
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    return mismatch(`both notes could not be had (${error.code})`);
  }
}

function open({ policy, origin }: ProvenanceOptions, note: Uint8Array): VerifiedHead {
  return openCheckpoint(policy, `${origin}/log`, note);
}

async function keep(
  from: ProvenanceOptions,
  evidence: EvidenceDirectory,
  held: VerifiedHead,
  shown: VerifiedHead,
): Promise<HeadDenial> {
  const { origin } = from;
  const [smaller, greater] = shown.size < held.size ? [shown, held] : [held, shown];
  const fork = await provenFork(from, smaller, greater);
  const [first, second] = [{ note: smaller.note }, { note: greater.note }];
  const file = encodeForkEvidence({ origin, log: `${origin}/log`, first, second, fork, seen: Date.now() });
  // A mismatch is about the head that was denied: one file, however often and with however many leaves the hub does so.
  const about = fork === null ? `denied\0${held.note}` : `${first.note}\0${second.note}`;
  const path = await evidence.keep(fork === null ? 'mismatch' : 'fork', about, file);
  const kept = `both notes are kept in ${path}`;
  if (fork === null) return mismatch(kept);
  return { code: 'LOG_FORK', reason: `the key of its log signed two histories; ${kept}` };
}

/** A hub that went back serves no tiles of the greater head, and one that is gone none at all: then the two notes are what there is. */
async function provenFork(
  { log }: ProvenanceOptions,
  first: TreeHead,
  second: TreeHead,
): Promise<ProvenFork | null> {
  try {
    return await proveFork(log.tiles(second.size), first, second);
  } catch (error) {
    if (error instanceof ClientError) return null;
    throw error;
  }
}

function mismatch(kept: string): HeadDenial {
  const reason = `the hub denies a head of its log that the log's key signed; ${kept}`;
  return { code: 'HEAD_MISMATCH', reason };
}
