import { AsyncLocalStorage } from 'node:async_hooks';
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

  private readonly run = AsyncLocalStorage.prototype.run;
  private readonly storages = new Set<AsyncLocalStorage<unknown>>();

  async setup(): Promise<void> {
    const { run, storages } = this;
    AsyncLocalStorage.prototype.run = function (this: AsyncLocalStorage<unknown>, ...all: unknown[]) {
      storages.add(this);
      return Reflect.apply(run, this, all) as unknown;
    } as typeof run;
  }

  /** Takes back what a spec file changed in the process. */
  async teardown(): Promise<void> {
    AsyncLocalStorage.prototype.run = this.run;
    // Each that was ever used makes every promise of the process dearer; those that are used again come back by themselves.
    for (const storage of this.storages) storage.disable();
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
