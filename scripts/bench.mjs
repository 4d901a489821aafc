// `npm run bench`. Everything else is imported only after Node's version is known to do.
import './require-node.mjs';

import('../bench/main.mjs').then(({ main }) => main(process.argv.slice(2)));
