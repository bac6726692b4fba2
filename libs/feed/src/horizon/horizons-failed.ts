/** What could not be done in one place; requests and horizons there stay open, and are tried again. */
export interface FailedHorizon {
  readonly channelId: number;
  /** Stored number of the signal type. */
  readonly typeCode: number;
  readonly act: 'move' | 'delete';
  readonly cause: unknown;
}

/** Some horizons were not moved, or not worked off; everything else that was due was done. */
export class HorizonsFailed extends Error {
  override readonly name = 'HorizonsFailed';

  /** @param worked how many others were moved or worked off */
  constructor(
    readonly failures: readonly FailedHorizon[],
    readonly worked: number,
  ) {
    super(`${failures.length} of ${failures.length + worked} horizons failed`);
  }
}
