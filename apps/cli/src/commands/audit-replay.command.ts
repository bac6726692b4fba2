import type { Command } from 'commander';
import { CairnClient, ClientError, PersonClient, type ReplayProgress, type ReplayReport } from '#libs/client';
import type { CliContext, GlobalOptions } from '../cli-io.js';
import { EXIT } from '../exit-codes.js';
import { wholeNumber } from './applicant.commands.js';
import { pinnedHub } from '../input/pinned-hub.js';
import { Printer } from '../output/printer.js';
import { ProgressBar } from '../output/progress-bar.js';
import { replayJson, replayLines } from '../output/replay-text.js';

interface ReplayCliOptions extends GlobalOptions {
  readonly purpose?: string;
  readonly policy?: string;
  readonly work?: string;
  readonly fromState?: true | number;
  readonly showValues?: boolean;
}

const UNITS: Readonly<Record<ReplayProgress['pass'], string>> = {
  log: 'leaves copied',
  state: 'leaves of the state verified',
  submissions: 'statements verified',
  signals: 'parts of the signals replayed',
};

/** `cairn audit replay` */
export function addReplayCommand(group: Command, context: CliContext, exit: (code: number) => void): void {
  group
    .command('replay')
    .summary('replay the whole log and hold every published set to it')
    .description(
      'Copies the log and the feeds, verifies every submission that you may see, works out from the log alone what every set must hold, and ' +
        'compares it with every round that was ever published. Says exactly where they differ, and what you had to take on trust. Exits ' +
        'with 0 when all is met, 4 when something differs. A replay that is broken off goes on where it was; a later one only reads what is ' +
        'new. As a member you replay what you may see; auditors say why, in the session of cairn login, and the hub records what it shows.',
    )
    .option('--purpose <text>', 'auditors: why; the hub records it')
    .option('--policy <file>', 'auditors: policy file to verify under, unless cairn init has pinned one')
    .option(
      '--from-state [index]',
      'auditors: begin with the latest state of the log, or that of a log index, in place of the first statement; it is taken on trust',
      logIndex,
    )
    .option('--work <directory>', 'where to keep what was read; it holds hash values (default: in your home)')
    .option('--show-values', 'print the record keys that differences are about: of most types the values')
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<ReplayCliOptions>();
      const printer = new Printer(context.io, options.json ?? false);
      const showValues = options.showValues ?? false;
      const report = await replay(context, options, printer.json);
      await printer.result(replayJson(report, showValues), replayLines(report, showValues));
      if (!report.met) exit(EXIT.verification);
    });
}

async function replay(
  { io, http }: CliContext,
  { home, purpose, policy, work, fromState }: ReplayCliOptions,
  json: boolean,
): Promise<ReplayReport> {
  const bars = new PassBars(io, json);
  const run = { work, onProgress: (progress: ReplayProgress) => bars.show(progress) };
  try {
    if (purpose === undefined) {
      if (fromState !== undefined)
        throw new ClientError('OPTION_INVALID', '--from-state', 'is for auditors, with --purpose');
      return await (await CairnClient.open({ home, http })).replay(run);
    }
    const hub = await pinnedHub(home, policy);
    if (hub !== null)
      return await new PersonClient({ home, http }).replay(hub, purpose, {
        ...run,
        fromState: fromState === true ? 'latest' : fromState,
      });
    throw new ClientError(
      'POLICY_INVALID',
      '--policy',
      'name a policy file: nothing is verified without one',
    );
  } finally {
    bars.stop();
  }
}

function logIndex(text: string): number {
  return wholeNumber(text, '--from-state');
}

/** One bar for each pass. */
class PassBars {
  private current: { readonly pass: ReplayProgress['pass']; readonly bar: ProgressBar } | null = null;

  constructor(
    private readonly io: CliContext['io'],
    private readonly json: boolean,
  ) {}

  show({ pass, done, total }: ReplayProgress): void {
    if (this.current?.pass !== pass) {
      this.stop();
      this.current = { pass, bar: new ProgressBar(this.io, this.json, UNITS[pass]) };
    }
    this.current.bar.show(done, total, '');
  }

  stop(): void {
    this.current?.bar.stop();
  }
}
