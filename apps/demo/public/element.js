/** The element of the page with this id. */
export const at = (id) => document.getElementById(id);

/**
 * A new element. What it holds becomes text, never markup: data from a database is not trusted.
 *
 * @param {string} name
 * @param {Record<string, unknown>} properties
 * @param {...(Node | string)} children
 */
export function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}
