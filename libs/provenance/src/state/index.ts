export { makeState, type MadeState, type StateSettings } from './make-state.js';
export { StateReader, type StateAsker } from './state-reader.js';
export {
  listStates,
  readStateLeaf,
  readStateSalts,
  type LoggedState,
  type StateBytes,
} from './read-states.js';
