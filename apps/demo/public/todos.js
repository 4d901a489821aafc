import { at, element } from './element.js';

const LIST = 'select id, title, done from todos order by id';
const CREATE = `create table if not exists todos (
  id bigint generated always as identity primary key,
  title text not null,
  done boolean not null default false
)`;
const INSERT = 'insert into todos (title) values ($1) returning id, title, done';
const TOGGLE = 'update todos set done = $1 where id = $2';
const REMOVE = 'delete from todos where id = $1';

const UNDEFINED_TABLE = '42P01';
// Two pages that make the same table at one moment: one of them is told one of these.
const MADE_BY_ANOTHER = ['23505', '42P07'];

/** The list of todos: `load` shows what is in the database now. */
export function connectTodos(backend) {
  const list = at('todos');

  async function send(query, params) {
    const rows = await backend.query(query, params);
    at('sent').textContent = params ? `${query}  ${JSON.stringify(params)}` : query;
    at('sent').hidden = false;
    return rows;
  }

  async function read() {
    try {
      return await send(LIST);
    } catch (error) {
      if (error.sqlstate !== UNDEFINED_TABLE) throw error;
    }
    await send(CREATE).catch((error) => {
      if (!MADE_BY_ANOTHER.includes(error.sqlstate)) throw error;
    });
    return send(LIST);
  }

  const load = () =>
    told(async () => {
      const rows = await read();
      list.replaceChildren(...rows.map(item));
      list.removeAttribute('aria-busy');
      at('add').disabled = false;
      count();
      if (rows.truncated) showProblem(`These are the first ${rows.length}: the plan's limit.`);
    });

  const add = (title) =>
    told(async () => {
      const [row] = await send(INSERT, [title]);
      list.append(item(row));
      at('new-title').value = '';
      say(`Added ${title}.`);
      count();
    });

  const toggle = (row, entry, box) =>
    told(async () => {
      const done = box.checked;
      try {
        const { rowCount } = await send(TOGGLE, [done, row.id]);
        if (rowCount === 0) return remove(entry, `${row.title} was deleted elsewhere.`);
      } catch (error) {
        box.checked = !done;
        throw error;
      }
      entry.classList.toggle('done', done);
      say(`${row.title}: ${done ? 'done' : 'to do'}.`);
      count();
    });

  function remove(entry, message) {
    const next = entry.nextElementSibling ?? entry.previousElementSibling;
    const hadFocus = entry.contains(document.activeElement);
    entry.remove();
    // A keyboard must not fall back to the top of the page.
    if (hadFocus) (next?.querySelector('button') ?? at('new-title')).focus();
    say(message);
    count();
  }

  function item(row) {
    const box = element('input', { type: 'checkbox', checked: row.done });
    const button = element('button', { type: 'button', title: 'Delete' }, '×');
    button.setAttribute('aria-label', `Delete ${row.title}`);
    const label = element('label', {}, box, element('span', {}, row.title));
    const entry = element('li', { className: row.done ? 'done' : '' }, label, button);
    entry.dataset.id = row.id;
    box.onchange = () => busy(box, () => toggle(row, entry, box));
    button.onclick = () =>
      busy(button, () =>
        told(async () => {
          await send(REMOVE, [row.id]);
          remove(entry, `Deleted ${row.title}.`);
        }),
      );
    return entry;
  }

  at('new').onsubmit = (event) => {
    event.preventDefault();
    const title = at('new-title').value.trim();
    if (title && !at('add').disabled) void busy(at('add'), () => add(title));
  };
  return { load };
}

/** Takes no second click while the first is under way. The focus stays where it is. */
async function busy(control, work) {
  if (control.ariaBusy === 'true') return;
  control.ariaBusy = 'true';
  await work();
  control.ariaBusy = null;
}

/** Runs it, and tells what went wrong. */
async function told(work) {
  at('todos-error').hidden = true;
  try {
    await work();
  } catch (error) {
    showProblem(error.hint ? `${error.message} ${error.hint}` : error.message);
  }
}

function showProblem(message) {
  at('todos-error').textContent = message;
  at('todos-error').hidden = false;
}

function say(message) {
  at('status').textContent = message;
}

function count() {
  const all = at('todos').children.length;
  const left = all - at('todos').querySelectorAll('.done').length;
  at('left').textContent = all === 0 ? '' : left === 0 ? 'all done' : `${left} left`;
  at('empty').hidden = all > 0;
}
