import { at, element } from './element.js';
import { showError } from './show-error.js';
import { showResult } from './show-result.js';

const EXAMPLES = [
  ['Todos', 'select id, title, done from todos order by id'],
  [
    'JSON',
    `select now(),
       jsonb_build_object('list', array[1, 2], 'deep', jsonb_build_object('yes', true)) as json,
       null as nothing`,
  ],
  ['600 rows', 'select n, n * n as square from generate_series(1, 600) as n'],
  ['A mistake', 'select title,\n       dnoe\nfrom todos'],
  ['Too slow', 'select pg_sleep(60)'],
];

/** The box that runs any SQL. `onWrite` is called after a statement that was not a SELECT. */
export function connectSql(backend, { onWrite }) {
  let running;

  async function run() {
    if (running) return;
    running = new AbortController();
    const text = at('sql').value;
    underWay(true);
    try {
      // Arrays keep two columns of one name apart.
      const result = await backend.query(text, [], { signal: running.signal, rowMode: 'array' });
      at('error').hidden = true;
      showResult(result);
      if (result.command !== 'SELECT') void onWrite();
    } catch (error) {
      at('result').hidden = true;
      showError(error, text);
    } finally {
      running = undefined;
      underWay(false);
    }
  }

  at('ask').onsubmit = (event) => {
    event.preventDefault();
    void run();
  };
  at('sql').onkeydown = (event) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.repeat) return;
    event.preventDefault();
    void run();
  };
  at('cancel').onclick = () => running?.abort();
  at('examples').append(...EXAMPLES.map(([name, text]) => example(name, text, run)));
  at('modifier').textContent = /Mac|iPhone|iPad/.test(navigator.platform) ? '⌘' : 'Ctrl';
  at('sql').value ||= EXAMPLES[0][1];
  at('run').disabled = false;
}

function example(name, text, run) {
  const button = element('button', { type: 'button' }, name);
  button.onclick = () => {
    at('sql').value = text;
    void run();
  };
  return button;
}

function underWay(isRunning) {
  const hadFocus = [at('run'), at('cancel')].includes(document.activeElement);
  at('cancel').hidden = !isRunning;
  at('run').hidden = isRunning;
  if (hadFocus) (isRunning ? at('cancel') : at('run')).focus();
  at('result').ariaBusy = isRunning ? 'true' : null;
}
