import type { VerifiedEntryProof } from '#libs/protocol';
import { time } from './text.js';

/** What a verified entry proof shows, and what it does not, for people. */
export function entryProofLines(proof: VerifiedEntryProof): string[] {
  const { entry, index, line, origin, size } = proof;
  const { type, key, op } = entry;
  return [
    `${op} of ${type.name} ${type.format(key)} in ${channelOf(proof)}`,
    `logged by ${origin} at ${index}, line ${line}, in a log of ${size} leaves that its key signed; logged ${time(proof.time)} by the hub's clock`,
    ...decisionLines(proof),
    ...authorLines(proof),
  ];
}

function channelOf({ content, author }: VerifiedEntryProof): string {
  return (content ?? author!).channel;
}

function decisionLines({ decision }: VerifiedEntryProof): string[] {
  if (decision === null) return ['NOT proved: what the hub decided. You may not receive the channel.'];
  const { verdict, code, prev } = decision;
  const before =
    prev === null ? 'the first about this value in the channel' : `the one before it is at ${prev}`;
  return [`the hub decided: ${verdict}${code === null ? '' : ` (${code})`}; ${before}`];
}

function authorLines({ author }: VerifiedEntryProof): string[] {
  if (author === null) {
    return [
      'NOT proved: who signed it, nor that anybody did. The author is anonymous: this proves that it was logged and what the hub decided.',
    ];
  }
  const { member, key, keyIndex, jti, signedAt, attribution, standing } = author;
  const { size, revoked, voidFrom } = standing;
  const end =
    revoked === null ? 'stood' : `was revoked at ${revoked}, and what it signed from ${voidFrom} on is void`;
  return [
    `signed by ${member} (${attribution}) as submission ${jti}, ${time(signedAt * 1000)} by its clock`,
    `under key ${key}, registered at ${keyIndex}`,
    `after ${size} statements that key ${end}: this rests on the hub's signature of ${time(standing.iat * 1000)} alone, not on the log`,
  ];
}

/** The same as JSON. */
export function entryProofJson(proof: VerifiedEntryProof): object {
  const { entry, content, decision, author, origin, index, line, size } = proof;
  return {
    proof: 'entry',
    verified: true,
    origin,
    channel: channelOf(proof),
    index,
    line,
    size,
    loggedAt: time(proof.time),
    op: entry.op,
    type: entry.type.name,
    value: entry.type.format(entry.key),
    attribution: (content ?? author!).attribution,
    decision,
    author,
    proves: { logged: true, decision: decision !== null, signature: author !== null },
  };
}
