/** One figure of a benchmark. */
export interface Figure {
  name: string;
  value: number;
  unit: string;
  /** What it should reach, as docs name it, and whether it did. */
  aim: string;
  ok: boolean;
}

/** Prints figures: one JSON object a line, or a table for people. */
export function report(figures: readonly Figure[], json: boolean): void {
  for (const figure of figures) {
    const { name, value, unit, aim, ok } = figure;
    process.stdout.write(
      json
        ? `${JSON.stringify(figure)}\n`
        : `${ok ? 'ok  ' : 'MISS'}  ${name.padEnd(52)} ${String(value).padStart(12)} ${unit.padEnd(10)} aim: ${aim}\n`,
    );
  }
}

export function rounded(value: number, digits = 2): number {
  return Number(value.toFixed(digits));
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]!;
}
