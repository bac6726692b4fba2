import { provenanceOrigin, readStatements } from '#libs/ledger';
import type { Tx } from '#libs/platform';
import {
  emptyState,
  type ChannelPolicy,
  type ChannelState,
  type KeyState,
  type MemberState,
  type ProjectionState,
} from '#libs/protocol';

/** Where the projection stands. */
export interface ProjectedTo {
  /** Statements applied, at least 1. */
  size: number;
  /** Time of the latest tick, 0 before the first. */
  tickTime: number;
}

/**
 * The projected state without its signals, in the form of `project`.
 *
 * @param tx sees one state: REPEATABLE READ
 * @param hub origin of the hub
 */
export async function readDirectory(
  tx: Tx,
  hub: string,
  { size, tickTime }: ProjectedTo,
): Promise<ProjectionState> {
  const [last] = await readStatements(tx, provenanceOrigin(hub), size - 1, size);
  const members = await readMembers(tx, size);
  return {
    ...emptyState(),
    size,
    time: last!.statement.time,
    now: tickTime,
    origin: hub,
    members: new Map(members.map((member) => [member.member, member])),
    codes: new Map(members.map(({ member, code }) => [code, member])),
    keys: await readKeys(tx),
    channels: await readChannels(tx),
  };
}

async function readMembers(tx: Tx, size: number): Promise<MemberState[]> {
  return tx.query<MemberState>(
    `SELECT m.handle AS member, m.id AS code, m.name, m.kind, m.control_group AS "group", m.accredited, m.status,
            coalesce(s.counter, 0)::float8 AS submissions
       FROM cairn.member m
       LEFT JOIN LATERAL (
         SELECT counter FROM cairn.submission WHERE member_id = m.id AND log_index < $1 ORDER BY counter DESC LIMIT 1) s ON true
      WHERE m.admitted_index IS NOT NULL`,
    [size],
  );
}

async function readKeys(tx: Tx): Promise<Map<string, KeyState>> {
  const rows = await tx.query<KeyState & { key: string }>(
    `SELECT k.thumbprint AS key, m.handle AS member, k.purpose, k.revoked_index::float8 AS "revokedAt"
       FROM cairn.member_key k JOIN cairn.member m ON m.id = k.member_id WHERE k.added_index IS NOT NULL`,
  );
  return new Map(rows.map(({ key, ...state }) => [key, state]));
}

async function readChannels(tx: Tx): Promise<Map<string, ChannelState>> {
  const channels = await tx.query<{ name: string; policy: ChannelPolicy }>(
    `SELECT name, policy FROM cairn.channel WHERE since_index IS NOT NULL`,
  );
  const states = channels.map(({ name, policy }): [string, ChannelState] => {
    const labelCodes = new Map(policy.labels.map(({ code, label }) => [label, code]));
    return [name, { policy, labelCodes, rights: new Map(), signals: new Map() }];
  });
  const byName = new Map(states);
  const rights = await tx.query<{ channel: string; member: string; submit: boolean; receive: boolean }>(
    `SELECT c.name AS channel, m.handle AS member, r.submit, r.receive
       FROM cairn.channel_right r JOIN cairn.channel c ON c.id = r.channel_id JOIN cairn.member m ON m.id = r.member_id
      WHERE r.since_index IS NOT NULL`,
  );
  for (const { channel, member, submit, receive } of rights)
    byName.get(channel)!.rights.set(member, { submit, receive });
  return byName;
}
