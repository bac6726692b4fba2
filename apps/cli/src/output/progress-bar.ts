import { Presets, SingleBar } from 'cli-progress';
import type { CliIo } from '../cli-io.js';

/** A progress bar on standard error, where a person looks at it; nothing elsewhere. */
export class ProgressBar {
  private readonly bar: SingleBar | null;
  private started = false;

  /** @param unit  what is counted, such as `entries` */
  constructor(io: CliIo, json: boolean, unit: string) {
    const format = `{bar} {percentage}% {value}/{total} ${unit} {task}`;
    const options = { format, clearOnComplete: true, hideCursor: true, stream: process.stderr };
    this.bar = io.interactive && !json ? new SingleBar(options, Presets.shades_classic) : null;
  }

  show(value: number, total: number, task: string): void {
    if (this.bar === null) return;
    if (!this.started) this.bar.start(total, 0, { task });
    this.started = true;
    this.bar.setTotal(total);
    this.bar.update(value, { task });
  }

  stop(): void {
    if (this.started) this.bar?.stop();
  }
}
