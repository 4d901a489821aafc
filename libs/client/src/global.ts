import { howdah } from './howdah';

// The only export of howdah.js, so that the global is the function itself.
export default howdah;
