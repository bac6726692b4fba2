import type { DataSource, DataSourceOptions, MixedList } from 'typeorm';
import { QuietLogger } from './quiet-logger.js';
import { sessionConfig, SCHEMA, type SessionOptions } from './connection.js';

type Classes = MixedList<new (...args: never[]) => object>;

export interface DataSourceSettings extends Partial<SessionOptions> {
  readonly url: string;
  readonly entities?: Classes;
  readonly migrations?: Classes;
  /** Told about errors of idle connections, which the pool replaces by itself. */
  readonly onIdleError?: (error: Error) => void;
}

/**
 * A TypeORM data source for one login: tables in schema `cairn`, nothing synchronised or migrated on its own, and no
 * query log, since parameters can be hash values.
 */
export async function createDataSource(settings: DataSourceSettings): Promise<DataSource> {
  const { DataSource } = await import('typeorm');
  const { url, entities = [], migrations = [], onIdleError, ...session } = settings;
  const defaults = { applicationName: 'cairn', searchPath: SCHEMA, max: 10 };
  const { connectionString, ...extra } = sessionConfig(url, { ...defaults, ...session });
  return new DataSource({
    type: 'postgres',
    url: connectionString,
    schema: SCHEMA,
    extra,
    entities,
    migrations,
    migrationsTableName: 'migration',
    migrationsTransactionMode: 'each',
    migrationsRun: false,
    synchronize: false,
    installExtensions: false,
    logger: new QuietLogger(),
    poolErrorHandler: onIdleError ?? (() => undefined),
  } as DataSourceOptions);
}
