export { HorizonMover } from './horizon-mover.js';
export { typeHorizon, typeHorizons } from './type-horizon.js';
