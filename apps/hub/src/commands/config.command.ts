import { describeConfig, loadConfig } from '#libs/platform';

/** Prints every setting in force, without secrets. */
export function printConfig(): void {
  const rows = describeConfig(loadConfig(process.env), process.env);
  const width = Math.max(...rows.map(({ name }) => name.length));
  for (const { name, value, from, about } of rows) {
    process.stdout.write(`${name.padEnd(width)}  ${value || '-'}  (${from}: ${about})\n`);
  }
}
