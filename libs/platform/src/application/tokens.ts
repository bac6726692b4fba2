/** The process's settings, of type `Config`. */
export const CONFIG = Symbol('Config');
/** The process's log, pino's `Logger`. */
export const LOGGER = Symbol('Logger');
/** Where the process's jobs lie, of type `QueueBackend`. */
export const QUEUE_BACKEND = Symbol('QueueBackend');
