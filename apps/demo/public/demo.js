import { at } from './element.js';
import { connectTodos } from './todos.js';
import { connectSql } from './try-sql.js';

/** A module would not wait for a script in the page, whose address is only known from config.json. */
function loadScript(src) {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = src;
    script.onload = resolve;
    script.onerror = () => reject(new Error(`${src} could not be loaded. Is the gateway running?`));
    document.head.append(script);
  });
}

async function connect() {
  const { gateway, databaseUrl, key } = await (await fetch('config.json')).json();
  at('gateway').textContent = new URL(databaseUrl).host;
  await loadScript(`${gateway}/howdah.js`);
  return window.howdah(databaseUrl, key);
}

try {
  const backend = await connect();
  const { load } = connectTodos(backend);
  connectSql(backend, { onWrite: load });
  await load();
} catch (error) {
  at('todos').removeAttribute('aria-busy');
  at('todos-error').textContent = error.message;
  at('todos-error').hidden = false;
}
