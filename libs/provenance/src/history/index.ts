export { listAuthorshipReads, type AuthorshipRead } from './authorship-reads.js';
export { DecisionProver, type DecidedPlace } from './decision-prover.js';
export type {
  EndedEntry,
  EntryAuthor,
  HistoryEvent,
  HistoryEventKind,
  KeyStandingThen,
} from './history-event.js';
export {
  readSignalHistory,
  type HistoryCursor,
  type HistoryQuestion,
  type SignalHistory,
} from './read-signal-history.js';
