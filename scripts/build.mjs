// `npm run build`. See start.mjs.
import './require-node.mjs';

import('./run-build.mjs').then(({ runBuild }) => runBuild());
