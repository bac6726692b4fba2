import { type Actor, createDataSource, Database, type TransactionOptions, type Tx } from '#libs/platform';

/** Called before a transaction and at the two ends of its commit; what it throws is what the caller of the transaction sees. */
export interface CommitHooks {
  /** Nothing is begun yet: waiting makes it a late transaction. */
  readonly beforeTransaction?: (name: string) => Promise<void> | void;
  /** The transaction is still open: throwing rolls it back, waiting makes it a late commit. */
  readonly beforeCommit?: (name: string) => Promise<void> | void;
  /** The transaction is committed: throwing makes its outcome unknown to the caller. */
  readonly afterCommit?: (name: string) => Promise<void> | void;
}

/** A database whose commits can be late or fail. */
export async function openHookedDatabase(url: string, hooks: CommitHooks, max = 10): Promise<Database> {
  const source = await createDataSource({ url, max });
  return new HookedDatabase(await source.initialize(), hooks);
}

class HookedDatabase extends Database {
  constructor(
    source: ConstructorParameters<typeof Database>[0],
    private readonly hooks: CommitHooks,
  ) {
    super(source);
  }

  override async transaction<T>(
    name: string,
    actor: Actor,
    work: (tx: Tx) => Promise<T>,
    options?: TransactionOptions,
  ): Promise<T> {
    const hooked = async (tx: Tx): Promise<T> => {
      const value = await work(tx);
      await this.hooks.beforeCommit?.(name);
      return value;
    };
    await this.hooks.beforeTransaction?.(name);
    const value = await super.transaction(name, actor, hooked, options);
    await this.hooks.afterCommit?.(name);
    return value;
  }
}
