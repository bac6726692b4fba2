import { ModuleMocker } from 'jest-mock';

/** Events of the process that tests may listen to. */
const EVENTS = ['disconnect', 'exit', 'message', 'SIGHUP', 'SIGINT', 'SIGTERM', 'uncaughtExceptionMonitor'];

/**
 * Where spec files run: in the realm of Node itself, not in a context of their own. There the packages that Node loaded make the
 * same errors, arrays and dates as the code under test, as they do in a process that is not tested.
 */
export default class SpecEnvironment {
  readonly global = globalThis;
  readonly moduleMocker = new ModuleMocker(globalThis);
  readonly fakeTimers = null;
  readonly fakeTimersModern = null;
  private readonly env = { ...process.env };
  private readonly exit = process.exit;
  private readonly console = globalThis.console;
  private readonly listeners = new Map(EVENTS.map((event) => [event, process.rawListeners(event)]));

  async setup(): Promise<void> {}

  /** Takes back what a spec file changed in the process. */
  async teardown(): Promise<void> {
    process.exit = this.exit;
    globalThis.console = this.console;
    // What Jest counted was copied from here; the next spec file counts from nothing.
    Reflect.deleteProperty(globalThis, '__coverage__');
    for (const name of Object.keys(process.env)) if (!(name in this.env)) delete process.env[name];
    Object.assign(process.env, this.env);
    for (const [event, before] of this.listeners)
      for (const listener of process.rawListeners(event))
        if (!before.includes(listener)) process.removeListener(event, listener as () => void);
  }

  /** None: modules are evaluated in Node's own. */
  getVmContext(): null {
    return null;
  }

  exportConditions(): string[] {
    return ['node', 'node-addons'];
  }
}
