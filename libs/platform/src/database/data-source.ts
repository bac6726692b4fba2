import { DataSource, type DataSourceOptions, type MixedList } from 'typeorm';
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
export function createDataSource(settings: DataSourceSettings): DataSource {
  const { applicationName = 'cairn', searchPath = SCHEMA, role, max = 10 } = settings;
  const { connectionString, ...extra } = sessionConfig(settings.url, {
    applicationName,
    searchPath,
    max,
    ...(role === undefined ? {} : { role }),
  });
  return new DataSource({
    type: 'postgres',
    url: connectionString,
    schema: SCHEMA,
    extra,
    entities: settings.entities ?? [],
    migrations: settings.migrations ?? [],
    migrationsTableName: 'migration',
    migrationsTransactionMode: 'each',
    migrationsRun: false,
    synchronize: false,
    installExtensions: false,
    logger: new QuietLogger(),
    poolErrorHandler: settings.onIdleError ?? (() => undefined),
  } as DataSourceOptions);
}
