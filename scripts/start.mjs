// `npm start`. Everything else is imported only after Node's version is known to do.
import './require-node.mjs';

import('./run-all.mjs').then(({ runAll }) => runAll(process.argv.slice(2), process.env));
