export { HorizonMover } from './horizon-mover.js';
export { HorizonsFailed } from './horizons-failed.js';
export { typeHorizon, typeHorizons } from './type-horizon.js';
