/**
 * On whose behalf: `member:`, `person:` or `applicant:` with the id of its row, or `system:` with a kebab-case name for the house's
 * own work. Row-level security shows an actor its own rows (docs/architecture.md, "Isolation").
 */
export type Actor = `${'member' | 'person'}:${number}` | `applicant:${string}` | `system:${string}`;
