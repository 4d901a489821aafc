// `npm test` and `npm run test:redis`. Everything else is imported only after Node's version is
// known to do.
import './require-node.mjs';

import('./run-tests.mjs').then(({ runTests }) => runTests(process.argv.slice(2), process.env));
