import type pg from 'pg';
import { OWNER_ROLE, sqlState, withClient, type LoginRole } from '#libs/platform';
import { isGuarded, TABLE_ISOLATION, type ActorKind, type Command, type TableIsolation } from '#migrations';
import type { TestDatabase } from './postgres.js';

/** Somebody at the database's door: a login and what it says of who acts. */
export interface Identity {
  readonly name: string;
  readonly role: LoginRole | typeof OWNER_ROLE;
  /** Null when nothing is said. */
  readonly actor: string | null;
  /** Null when the actor is nobody. */
  readonly kind: ActorKind | null;
  /** Id of its row, by which rows are its own. */
  readonly id?: number | string;
  /** What a person is, where rows are given out by roles. */
  readonly person?: 'decider' | 'auditor' | { readonly administers: number };
}

/** A row as the superuser sees it. */
interface Row {
  readonly ctid: string;
  /** Whose it is; null for tables that belong to nobody. */
  readonly owner: string | null;
  readonly json: object;
}

const DENIED = '42501';
const INTEGRITY = /^23/;

/** Tries every command on every table as every identity, and holds what happens against the classification. Changes nothing. */
export class IsolationMatrix {
  /** Columns that a role may write, as far as asked: grants do not change while all is tried. */
  private readonly known = new Map<string, Promise<string[]>>();

  private constructor(
    private readonly admin: pg.Client,
    private readonly clients: ReadonlyMap<string, pg.Client>,
    private readonly identities: readonly Identity[],
  ) {}

  /** Runs work with connections of all three roles. */
  static async with<T>(
    test: TestDatabase,
    identities: readonly Identity[],
    work: (matrix: IsolationMatrix, admin: pg.Client) => Promise<T>,
  ): Promise<T> {
    return withClient(test.adminUrl, {}, (admin) =>
      withClient(test.adminUrl, { role: OWNER_ROLE }, (owner) =>
        withClient(test.apiUrl, {}, (api) =>
          withClient(test.workerUrl, {}, (worker) => {
            const clients = { cairn_api: api, cairn_worker: worker, [OWNER_ROLE]: owner };
            return work(new IsolationMatrix(admin, new Map(Object.entries(clients)), identities), admin);
          }),
        ),
      ),
    );
  }

  /** Everything that is not as classified, in words; nothing when all is well. */
  async violations(tables: readonly string[] = Object.keys(TABLE_ISOLATION)): Promise<string[]> {
    const found: string[] = [];
    this.known.clear();
    for (const table of tables) {
      const rows = await this.rowsOf(table, TABLE_ISOLATION[table]!);
      for (const identity of this.identities) {
        const wrong = await this.tryAll(table, TABLE_ISOLATION[table]!, rows, identity);
        found.push(...wrong.map((what) => `${table}: ${identity.role} as ${identity.name} ${what}`));
      }
    }
    return found;
  }

  /** Whether anything about a table is not as classified, as far as those of one login can tell, if one is named. */
  async isViolated(table: string, role?: string): Promise<boolean> {
    this.known.clear();
    const isolation = TABLE_ISOLATION[table]!;
    const rows = await this.rowsOf(table, isolation);
    for (const identity of this.identities)
      if (role === undefined || role === identity.role)
        if ((await this.tryAll(table, isolation, rows, identity)).length > 0) return true;
    return false;
  }

  /** Tables on which a leak could not be seen, for want of rows of several owners. */
  async unseeded(): Promise<string[]> {
    const lacking: string[] = [];
    for (const [table, isolation] of Object.entries(TABLE_ISOLATION)) {
      if (isolation.owner === undefined && Object.keys(isolation.api).length === 0) continue;
      const rows = await this.rowsOf(table, isolation);
      const owners = new Set(rows.map(({ owner }) => owner));
      if (owners.size < (isolation.owner === undefined ? 1 : 2)) lacking.push(table);
    }
    return lacking;
  }

  private async rowsOf(table: string, { owner = 'NULL' }: TableIsolation): Promise<Row[]> {
    const { rows } = await this.admin.query<Row>(
      `SELECT t.ctid::text, (${owner})::text AS owner, to_jsonb(t) AS json FROM cairn.${table} t`,
    );
    return rows;
  }

  private async tryAll(
    table: string,
    isolation: TableIsolation,
    rows: readonly Row[],
    identity: Identity,
  ): Promise<string[]> {
    const attempt = new Attempt(this.clients.get(identity.role)!, identity, table, this.known);
    const seen = await attempt.select();
    const granted = identity.role === 'cairn_api' || (await attempt.isGranted('SELECT'));
    const visible = granted ? await this.allowed(isolation, rows, identity, 'select') : [];
    const wrong: string[] = [];
    if (!sameRows(seen, visible)) wrong.push(`sees ${seen.length} rows instead of ${visible.length}`);
    // What the worker and the owner may write is a matter of grants; that they write nothing unless somebody acts is not.
    if (identity.role === OWNER_ROLE && identity.kind !== null && isolation.triggers !== undefined) {
      const { kind } = identity;
      const commands = kind === 'system' ? (['insert', 'update', 'delete'] as const) : isolation.triggers;
      return [...wrong, ...(await this.tryAsTrigger(commands, attempt, rows))];
    }
    if (identity.role !== 'cairn_api' && (identity.kind === 'system' || !isGuarded(isolation))) return wrong;
    for (const command of ['update', 'delete'] as const) {
      const expected = (await this.allowed(isolation, rows, identity, command)).length;
      const changed = await attempt[command]();
      if (changed !== expected) wrong.push(`can ${command} ${changed} rows instead of ${expected}`);
    }
    for (const row of firstOfEach(rows)) {
      const [mine] = await this.allowed(isolation, [row], identity, 'insert');
      const inserted = await attempt.insert(row.json);
      if (inserted !== (mine !== undefined))
        wrong.push(`can${inserted ? '' : 'not'} insert a row of ${row.owner}`);
      if (await attempt.giveAway(isolation.owner, row.owner)) wrong.push(`can give a row to ${row.owner}`);
    }
    return wrong;
  }

  /** What a function of a trigger, or a migration, could do. */
  private async tryAsTrigger(
    commands: readonly Command[],
    attempt: Attempt,
    rows: readonly Row[],
  ): Promise<string[]> {
    const done = {
      insert: await attempt.insert(rows[0]?.json ?? {}),
      update: (await attempt.update()) > 0,
      delete: (await attempt.delete()) > 0,
    };
    return (['insert', 'update', 'delete'] as const)
      .filter((command) => done[command] !== commands.includes(command))
      .map((command) => `can${done[command] ? '' : 'not'} ${command}`);
  }

  /** The rows on which an identity may use a command. */
  private async allowed(
    isolation: TableIsolation,
    rows: readonly Row[],
    identity: Identity,
    command: Command,
  ): Promise<readonly Row[]> {
    const { rowsOf, owner, api } = isolation;
    const { role, kind } = identity;
    if (role !== 'cairn_api') {
      const called = role === 'cairn_worker' || isolation.triggers?.includes('select') === true;
      const works = called ? kind !== null : kind === 'system';
      return command === 'select' && (works || !isGuarded(isolation)) ? rows : [];
    }
    if (rowsOf === 'everyone') return command === 'select' ? rows : [];
    const may = kind !== null && (api[kind] ?? (kind === 'provenance' ? api.system : undefined));
    if (!may || !may.includes(command)) return [];
    if (kind === 'person' && isolation.people !== undefined)
      return allowedPerson(isolation.people, rows, identity, command);
    const isOwner = kind === (rowsOf === 'channel' ? 'member' : rowsOf);
    if (!isOwner || owner === undefined) return rows;
    const own = rowsOf === 'channel' ? await this.channelsOf(identity) : [String(identity.id)];
    return rows.filter((row) => own.includes(row.owner!));
  }

  private async channelsOf({ id }: Identity): Promise<string[]> {
    const { rows } = await this.admin.query<{ channel: string }>(
      'SELECT channel_id::text AS channel FROM cairn.channel_right WHERE member_id = $1 AND receive',
      [id],
    );
    return rows.map(({ channel }) => channel);
  }
}

/** What one identity can do to one table, each time undone. */
class Attempt {
  constructor(
    private readonly client: pg.Client,
    private readonly identity: Identity,
    private readonly table: string,
    private readonly known: Map<string, Promise<string[]>>,
  ) {}

  async isGranted(privilege: string): Promise<boolean> {
    const { rows } = await this.client.query<{ granted: boolean }>(
      'SELECT has_table_privilege($1, $2) AS granted',
      [`cairn.${this.table}`, privilege],
    );
    return rows[0]!.granted;
  }

  /** Places of the rows that it sees. */
  async select(): Promise<string[]> {
    const result = await this.run(`SELECT ctid::text FROM cairn.${this.table}`);
    return result === null ? [] : result.rows.map((row) => (row as { ctid: string }).ctid);
  }

  /** Number of rows that it changes when it changes all it can. */
  async update(): Promise<number> {
    const [column] = await this.columns('UPDATE');
    const [any] = await this.columns(null);
    return this.count(
      `UPDATE cairn.${this.table} SET ${column ?? any} = ${column === undefined ? 'DEFAULT' : column}`,
    );
  }

  async delete(): Promise<number> {
    return this.count(`DELETE FROM cairn.${this.table}`);
  }

  /** Whether a row like this one would be taken, were there no constraints. */
  async insert(row: object): Promise<boolean> {
    const columns = await this.columns('INSERT');
    if (columns.length === 0) return (await this.count(`INSERT INTO cairn.${this.table} DEFAULT VALUES`)) > 0;
    const list = columns.join(', ');
    return (
      (await this.count(
        `INSERT INTO cairn.${this.table} (${list}) OVERRIDING SYSTEM VALUE
           SELECT ${list} FROM jsonb_populate_record(null::cairn.${this.table}, ${this.client.escapeLiteral(JSON.stringify(row))})`,
      )) > 0
    );
  }

  /** Whether it can make somebody else the owner of rows it can change. */
  async giveAway(owner: string | undefined, to: string | null): Promise<boolean> {
    const column = /^t\.(\w+)$/.exec(owner ?? '')?.[1];
    if (column === undefined || to === null || to === String(this.identity.id)) return false;
    if (!(await this.columns('UPDATE')).includes(column)) return false;
    return (
      (await this.count(`UPDATE cairn.${this.table} SET ${column} = ${this.client.escapeLiteral(to)}`)) > 0
    );
  }

  /** Columns that may be written; all of them for null. */
  private columns(privilege: 'INSERT' | 'UPDATE' | null): Promise<string[]> {
    const key = `${this.identity.role} ${this.table} ${privilege}`;
    const columns = this.known.get(key) ?? this.readColumns(privilege);
    this.known.set(key, columns);
    return columns;
  }

  private async readColumns(privilege: string | null): Promise<string[]> {
    const { rows } = await this.client.query<{ name: string }>(
      `SELECT quote_ident(attname) AS name FROM pg_attribute
        WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
          AND ($2::text IS NULL OR has_column_privilege(attrelid, attnum, $2))
          AND NOT (coalesce($2, '') = 'UPDATE' AND attidentity = 'a') ORDER BY attidentity, attnum`,
      [`cairn.${this.table}`, privilege],
    );
    return rows.map(({ name }) => name);
  }

  /** Rows written; what only a constraint refuses counts as one, and what is denied as none. */
  private async count(sql: string): Promise<number> {
    try {
      return (await this.run(sql))?.rowCount ?? 0;
    } catch (error) {
      if (INTEGRITY.test(sqlState(error) ?? '')) return 1;
      throw error;
    }
  }

  /** Sends everything at once: this is done some ten thousand times. */
  private async run(sql: string): Promise<pg.QueryResult | null> {
    const { actor } = this.identity;
    const say = actor === null ? '' : `SET LOCAL cairn.actor = ${this.client.escapeLiteral(actor)};`;
    try {
      const results: unknown = await this.client.query(`BEGIN; ${say} ${sql}; ROLLBACK`);
      return (results as pg.QueryResult[]).at(-2)!;
    } catch (error) {
      await this.client.query('ROLLBACK');
      if (sqlState(error) === DENIED) return null;
      throw error;
    }
  }
}

function allowedPerson(
  { deciders, auditors, administrator }: NonNullable<TableIsolation['people']>,
  rows: readonly Row[],
  { person }: Identity,
  command: Command,
): readonly Row[] {
  if (person === undefined) return [];
  if (person === 'decider') return deciders.includes(command) ? rows : [];
  if (person === 'auditor') return auditors.includes(command) ? rows : [];
  const own = String(person.administers);
  return administrator.includes(command) ? rows.filter(({ owner }) => owner === own) : [];
}

function firstOfEach(rows: readonly Row[]): Row[] {
  return [...new Map([...rows].reverse().map((row) => [row.owner, row])).values()];
}

function sameRows(seen: readonly string[], rows: readonly Row[]): boolean {
  return (
    [...seen].sort().join() ===
    rows
      .map(({ ctid }) => ctid)
      .sort()
      .join()
  );
}
