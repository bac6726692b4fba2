/** A file as the library writes it. */
interface OpenFile {
  write(bytes: Uint8Array, position: number): Promise<void>;
  truncate(length: number): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** The library's door to the file system, by its shape. */
interface Files {
  makeDirectory(path: string): Promise<void>;
  create(path: string, mode: number): Promise<OpenFile>;
  openExisting(path: string): Promise<OpenFile>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  syncDirectory(path: string): Promise<void>;
}

/** What stands for the end of the process. */
export class Killed extends Error {}

/**
 * The file system of a process that is killed before its `lastStep`-th change: from then on nothing happens any more. A
 * write that is cut off leaves its first half.
 */
export class InterruptedFiles implements Files {
  /** Changes made so far. */
  steps = 0;

  constructor(
    private readonly files: Files,
    private readonly lastStep = Infinity,
  ) {}

  makeDirectory(path: string): Promise<void> {
    return this.step(() => this.files.makeDirectory(path));
  }

  create(path: string, mode: number): Promise<OpenFile> {
    return this.step(async () => this.wrap(await this.files.create(path, mode)));
  }

  openExisting(path: string): Promise<OpenFile> {
    return this.step(async () => this.wrap(await this.files.openExisting(path)));
  }

  rename(from: string, to: string): Promise<void> {
    return this.step(() => this.files.rename(from, to));
  }

  remove(path: string): Promise<void> {
    return this.step(() => this.files.remove(path));
  }

  syncDirectory(path: string): Promise<void> {
    return this.step(() => this.files.syncDirectory(path));
  }

  private wrap(file: OpenFile): OpenFile {
    return {
      write: (bytes, position) =>
        this.step(
          () => file.write(bytes, position),
          () => file.write(bytes.subarray(0, bytes.length >> 1), position),
        ),
      truncate: (length) => this.step(() => file.truncate(length)),
      sync: () => this.step(() => file.sync()),
      // A process that ends closes its files.
      close: () => file.close(),
    };
  }

  private async step<T>(act: () => Promise<T>, torn?: () => Promise<T>): Promise<T> {
    this.steps++;
    if (this.steps < this.lastStep) return act();
    if (this.steps === this.lastStep) await torn?.();
    throw new Killed('the process was killed');
  }
}
