import { randomBytes } from 'node:crypto';
import type { Tx } from '#libs/platform';
import { STATE_CHUNKS, STATE_SALT_BYTES } from '#libs/protocol';

/** Keys and channels by their numbers in the directory. Names are compared by byte, whatever the database's collation. */
const NUMBERED = `
  numbered_key AS (
    SELECT id, (row_number() OVER (ORDER BY thumbprint COLLATE "C") - 1)::integer AS number
      FROM cairn.member_key WHERE added_index IS NOT NULL),
  numbered_channel AS (
    SELECT id, (row_number() OVER (ORDER BY name COLLATE "C") - 1)::smallint AS number
      FROM cairn.channel WHERE since_index IS NOT NULL)`;

/** One operation. A retraction is operation 2; only retractions have a reason, and only assertions the rest. */
const OPERATION = `
  int8send(e.log_index) || int2send(e.line) || int4send(k.number)
    || set_byte('\\x00'::bytea, 0, CASE WHEN e.operation = 1 THEN 0 ELSE 1 END + CASE WHEN e.named THEN 2 ELSE 0 END
         + CASE WHEN e.void THEN 4 ELSE 0 END + CASE WHEN e.quality IS NULL THEN 0 ELSE 8 END
         + CASE WHEN e.expires IS NULL THEN 0 ELSE 16 END)
    || coalesce(set_byte('\\x00'::bytea, 0, e.quality), ''::bytea) || coalesce(int4send(e.expires), ''::bytea)
    || CASE WHEN coalesce(cardinality(e.labels), 0) = 0 THEN '\\x00'::bytea
            ELSE set_byte('\\x00'::bytea, 0, cardinality(e.labels))
              || (SELECT string_agg(int2send(label), ''::bytea ORDER BY label) FROM unnest(e.labels) AS l (label)) END`;

/**
 * Everything below `$1` about signals, as the chunks of docs/protocol-state.md, computed by the database alone: signals are sorted and put together
 * there, and the process that asks sees none of it. What does not fit into the memory of a sort goes to disk.
 */
const CHUNKS = `
  WITH ${NUMBERED},
  said AS (
    SELECT e.signal_id, e.channel_id, max(e.log_index) AS latest, count(*) FILTER (WHERE e.effect = 0) AS operations,
           string_agg(${OPERATION}, ''::bytea ORDER BY e.log_index, e.line) FILTER (WHERE e.effect = 0) AS data
      FROM cairn.entry e LEFT JOIN numbered_key k ON k.id = e.key_id
     WHERE e.log_index < $1
     GROUP BY e.signal_id, e.channel_id),
  placed AS (
    SELECT get_byte(sha256(s.key), 0) AS chunk, c.number AS channel, s.type_code AS type, s.key,
           s.key || int8send(said.latest) || int4send(said.operations::integer) || coalesce(said.data, ''::bytea) AS data
      FROM said JOIN cairn.signal s ON s.id = said.signal_id JOIN numbered_channel c ON c.id = said.channel_id),
  section AS (
    SELECT chunk, channel, type,
           int2send(channel) || int2send(type) || int4send(count(*)::integer) || string_agg(data, ''::bytea ORDER BY key) AS data
      FROM placed GROUP BY chunk, channel, type),
  chunk AS (
    SELECT chunk, string_agg(data, ''::bytea ORDER BY channel, type) AS data FROM section GROUP BY chunk)
  INSERT INTO cairn.log_state_leaf (size, number, data)
    SELECT $1, t.number, t.salt || coalesce(c.data, ''::bytea)
      FROM unnest($2::bytea[]) WITH ORDINALITY AS t (salt, number) LEFT JOIN chunk c ON c.chunk = t.number - 1`;

/**
 * Writes leaves 1 to 256 of the state after `size` statements, each with a fresh salt.
 *
 * @param tx sees the projection at that size, and nothing later: REPEATABLE READ
 */
export async function writeChunks(tx: Tx, size: number): Promise<void> {
  const salts = Array.from({ length: STATE_CHUNKS }, () => randomBytes(STATE_SALT_BYTES));
  await tx.execute(CHUNKS, [size, salts]);
}
