import type { Logger } from 'typeorm';

/** TypeORM writes failed queries and migrations to the console, with what they quote. Errors reach our own log instead. */
export class QuietLogger implements Logger {
  logQuery(): void {}
  logQueryError(): void {}
  logQuerySlow(): void {}
  logSchemaBuild(): void {}
  logMigration(): void {}
  log(): void {}
}
