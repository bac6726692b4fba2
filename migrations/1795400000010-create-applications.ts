import type { MigrationInterface, QueryRunner } from 'typeorm';
import { CHECKLIST_SQL, DIAGRAM_SQL } from './applications/diagram.sql.js';
import { DROP_FACTS_SQL, FACTS_SQL } from './applications/facts.sql.js';
import { DROP_MOVES_SQL, MOVES_SQL } from './applications/moves.sql.js';
import { DROP_RULES_SQL, RULES_SQL } from './applications/rules.sql.js';
import {
  ALLIANCE_TABLES_SQL,
  APPLICATION_TABLES_SQL,
  DECISION_TABLES_SQL,
  REVIEW_TABLES_SQL,
} from './applications/tables.sql.js';
import { ISOLATION_SQL } from './applications/isolation.sql.js';
import { GRANTS_SQL, TABLES, TRIGGERS_SQL } from './applications/triggers.sql.js';

/**
 * Applications: what was said by whom, and the moves they made. Everything but the application's own row is written once and stays;
 * that row follows its moves.
 */
export class CreateApplications1795400000010 implements MigrationInterface {
  name = 'CreateApplications1795400000010';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(DIAGRAM_SQL);
    await runner.query(CHECKLIST_SQL);
    await runner.query(ALLIANCE_TABLES_SQL);
    await runner.query(APPLICATION_TABLES_SQL);
    await runner.query(REVIEW_TABLES_SQL);
    await runner.query(DECISION_TABLES_SQL);
    await runner.query(FACTS_SQL);
    await runner.query(RULES_SQL);
    await runner.query(MOVES_SQL);
    await runner.query(TRIGGERS_SQL);
    await runner.query(GRANTS_SQL);
    await runner.query(ISOLATION_SQL);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(DROP_MOVES_SQL);
    await runner.query(DROP_RULES_SQL);
    await runner.query(DROP_FACTS_SQL);
    await runner.query(`DROP TABLE ${TABLES.map((table) => `cairn.${table}`).join(', ')}`);
  }
}
