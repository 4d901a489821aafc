/**
 * Who may import whom (docs/architecture.md), as the linter enforces it. Each library lists the
 * libraries below it; each vendor has one home.
 */
const LAYERS = {
  contracts: [],
  kernel: ['contracts'],
  http: ['contracts', 'kernel'],
  persistence: ['contracts', 'kernel'],
  queue: ['contracts', 'kernel', 'persistence'],
  identity: ['contracts', 'kernel', 'persistence', 'queue'],
  databases: ['contracts', 'kernel', 'persistence', 'queue'],
  clusters: ['contracts', 'kernel'],
  sql: ['contracts', 'kernel', 'databases'],
  client: [],
};

const APPS = {
  gateway: Object.keys(LAYERS).filter((name) => !['clusters', 'client'].includes(name)),
  provisioner: ['contracts', 'kernel', 'http', 'persistence', 'queue', 'databases', 'clusters'],
  billing: ['contracts', 'kernel', 'http', 'persistence', 'queue'],
  migrator: ['http', 'kernel', 'persistence', 'queue'],
};

/** Vendors, with the libraries that may speak to them. */
const VENDORS = {
  bullmq: ['queue'],
  ioredis: ['queue'],
  'rate-limiter-flexible': ['queue'],
  pg: ['sql', 'clusters', 'persistence'],
  typeorm: ['persistence'],
  stripe: [],
};

const DEEP = [
  { group: ['@howdah/*/*', '**/libs/**'], message: 'No deep imports: a library is its index.' },
  { group: ['**/apps/**'], message: 'An app never imports an app.' },
];

function restrict(name, allowed, vendorsToo = []) {
  const others = Object.keys(LAYERS).filter((lib) => lib !== name && !allowed.includes(lib));
  const vendors = Object.entries(VENDORS).filter(
    ([vendor, homes]) => !homes.includes(name) && !vendorsToo.includes(vendor),
  );
  return [
    'error',
    {
      paths: [
        ...others.map((lib) => ({
          name: `@howdah/${lib}`,
          message: `${name} does not stand above ${lib}.`,
        })),
        ...vendors.map(([vendor, homes]) => ({
          name: vendor,
          message: `${vendor} is spoken to in ${homes.join(', ') || 'another library'}.`,
        })),
      ],
      patterns: DEEP,
    },
  ];
}

/** Entities and repositories describe and fetch rows, so they speak TypeORM wherever they are. */
const ROWS = ['**/*.entity.ts', '**/*.repository.ts'];

/** Of contracts, pages take types alone: a schema would cost them its library. */
const TYPES_ALONE = { client: 'contracts' };

function overrides(folder, name, allowed) {
  const rule = restrict(name, allowed);
  for (const path of rule[1].paths) {
    if (path.name === `@howdah/${TYPES_ALONE[name]}`) path.allowTypeImports = true;
  }
  return [
    {
      files: [`${folder}/${name}/**`],
      excludeFiles: ROWS,
      rules: { 'no-restricted-imports': rule },
    },
    {
      files: ROWS.map((pattern) => `${folder}/${name}/${pattern}`),
      rules: { 'no-restricted-imports': restrict(name, allowed, ['typeorm']) },
    },
  ];
}

export default {
  plugins: ['typescript', 'import', 'unicorn', 'promise', 'vitest'],
  categories: { correctness: 'error', suspicious: 'error', perf: 'error' },
  ignorePatterns: ['dist', 'node_modules', '.howdah'],
  rules: {
    'import/no-cycle': 'error',
    'typescript/no-explicit-any': 'error',
    // Steps that depend on each other are the rule here, and run in order.
    'no-await-in-loop': 'off',
    'no-shadow': 'off',
    'no-underscore-dangle': 'off',
    'import/no-unassigned-import': 'off',
    'promise/always-return': 'off',
    'typescript/no-extraneous-class': 'off',
    'unicorn/consistent-function-scoping': 'off',
    'unicorn/no-array-sort': 'off',
    'unicorn/no-useless-spread': 'off',
    'import/no-named-as-default-member': 'off',
    'promise/no-promise-in-callback': 'off',
    'no-new': 'off',
    'unicorn/prefer-add-event-listener': 'off',
    'unicorn/prefer-set-has': 'off',
    'unicorn/prefer-array-find': 'off',
    'no-unmodified-loop-condition': 'off',
    'vitest/require-to-throw-message': 'off',
    'vitest/require-mock-type-parameters': 'off',
    // supertest's own `expect` is not seen, and a second argument names the case that failed.
    'vitest/expect-expect': 'off',
    'vitest/valid-expect': ['error', { maxArgs: 2 }],
    'vitest/no-conditional-expect': 'off',
    'no-restricted-imports': ['error', { patterns: DEEP }],
  },
  overrides: [
    ...Object.entries(LAYERS).flatMap(([name, allowed]) => overrides('libs', name, allowed)),
    ...Object.entries(APPS).flatMap(([name, allowed]) => overrides('apps', name, allowed)),
    { files: ['{apps,libs}/*/src/**'], rules: { 'no-console': 'error' } },
    { files: ['test/**', 'bench/**'], rules: { 'no-restricted-imports': 'off' } },
  ],
};
