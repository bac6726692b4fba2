/** A row of CSV (RFC 4180). */
export function csvRow(cells: readonly (string | number | null)[]): string {
  return `${cells.map(csvCell).join(',')}\n`;
}

/**
 * A cell that no spreadsheet takes for a formula: a text that begins like one gets an apostrophe in front (OWASP, "CSV
 * Injection"). What needs quotes gets them.
 */
function csvCell(value: string | number | null): string {
  if (value === null) return '';
  const text = typeof value === 'string' && /^[=+\-@\t\r\n]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
