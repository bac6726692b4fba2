import { concatBytes } from '#libs/tlog';
import type { ProjectionState } from '../projection/state.js';
import { channelsInOrder, inOrder, keysInOrder } from './state-order.js';

const encoder = new TextEncoder();

/**
 * Leaf 0 of a state: salt, then all of it that is not about a signal, one compact JSON object a line
 * (docs/protocol-state.md, "Directory").
 *
 * @param salt 16 random bytes.
 */
export function encodeStateDirectory(state: ProjectionState, salt: Uint8Array): Uint8Array {
  return concatBytes([salt, encoder.encode(directoryText(state))]);
}

/** The one spelling of a directory, without its salt. */
export function directoryText(state: ProjectionState): string {
  const members = memberLines(state);
  const keys = keyLines(state);
  const channels = channelLines(state);
  const rights = rightLines(state);
  const header = {
    cairn: 'state/1',
    size: state.size,
    time: state.time,
    now: state.now,
    origin: state.origin,
    members: members.length,
    keys: keys.length,
    channels: channels.length,
    rights: rights.length,
  };
  return [header, ...members, ...keys, ...channels, ...rights]
    .map((line) => `${JSON.stringify(line)}\n`)
    .join('');
}

function memberLines({ members }: ProjectionState): object[] {
  return inOrder(members).map(([member, { code, name, kind, group, accredited, status, submissions }]) => ({
    member,
    code,
    name,
    memberKind: kind,
    group,
    accredited,
    status,
    submissions,
  }));
}

function keyLines(state: ProjectionState): object[] {
  return keysInOrder(state).map(([key, { member, purpose, revokedAt }]) => ({
    key,
    member,
    purpose,
    revokedAt,
  }));
}

function channelLines(state: ProjectionState): object[] {
  return channelsInOrder(state).map(([channel, { policy }]) => {
    const { tlp, types, labels, corroboration } = policy;
    const spelt = labels.map(({ code, label }) => ({ code, label }));
    return { channel, policy: { tlp, types, labels: spelt, corroboration } };
  });
}

function rightLines(state: ProjectionState): object[] {
  return channelsInOrder(state).flatMap(([channel, { rights }]) =>
    inOrder(rights).map(([member, { submit, receive }]) => ({ channel, member, submit, receive })),
  );
}
