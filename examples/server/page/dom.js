// Builds elements. Everything goes in as text: what a payload, a name or a response holds is never read as HTML.

const SVG = 'http://www.w3.org/2000/svg';

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === 'on') {
      for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    } else if (name === 'value' || name === 'checked') node[name] = value;
    else node.setAttribute(name, value === true ? '' : String(value));
  }
  add(node, ...children);
  return node;
}

export function add(node, ...children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : String(child));
  }
  return node;
}

function make(create, name, first, rest) {
  const [tag, ...classes] = name.split('.');
  const node = create(tag);
  if (classes.length) node.setAttribute('class', classes.join(' '));
  return first?.constructor === Object ? fill(node, first, rest) : add(node, first, ...rest);
}

// el('p', {attributes}, children...) or el('p', children...)
export const el = (name, first, ...rest) => make(tag => document.createElement(tag), name, first, rest);
export const svg = (name, first, ...rest) => make(tag => document.createElementNS(SVG, tag), name, first, rest);

export function replace(node, ...children) {
  node.replaceChildren();
  return add(node, ...children);
}

// Makes the characters visible that would change how the others are shown: controls and those that turn the direction.
const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;
export const visible = text =>
  String(text).replace(HIDDEN, each => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`);

// A name that somebody chose, in a sentence: its direction turns nothing around it.
export const strong = text => el('b', el('bdi', visible(text)));

let last = 0;
export const unique = prefix => `${prefix}-${++last}`;

// 16 px, stroke 1.5, always beside a word or with a label of the control around it
const ICONS = {
  plus: 'M8 3v10M3 8h10',
  check: 'M3 8.5 6.5 12 13 4.5',
  cross: 'M4 4l8 8M12 4l-8 8',
  clock: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2M8 5v3.2l2 1.4',
  stop: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2M3.8 3.8l8.4 8.4',
  drop: 'M8 2.5v7M5 7l3 3 3-3M3 13h10',
  warn: 'M8 2.2 14.2 13.3H1.8zM8 6.5v3M8 11.4v.1',
  info: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2M8 7.5v3.2M8 5.2v.1',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  play: 'M5 3l8 5-8 5z',
  copy: 'M6 6h7.2v7.2H6zM3 10V2.8h7.2',
  key: 'M10.5 2.5a3 3 0 1 1-2.6 4.5L3 12v1.5h2v-1.6h1.6v-1.6L8.6 8.4M11 5h.1',
  again: 'M13 8a5 5 0 1 1-1.6-3.7M13 2v3h-3',
  send: 'M2.5 8h10M8.5 4l4 4-4 4',
  edit: 'M3 13l.6-2.8L11 2.8l2.2 2.2-7.4 7.4zM9.6 4.2l2.2 2.2',
  bin: 'M3 4.5h10M6 4.5V3h4v1.5M4.2 4.5l.6 8.7h6.4l.6-8.7',
  search: 'M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9M10.4 10.4 14 14',
  back: 'M9.5 3.5 5 8l4.5 4.5',
  off: 'M8 2.5v5M4.6 4.6a5 5 0 1 0 6.8 0',
  hook: 'M11 3v5.5a3.2 3.2 0 0 1-6.4 0V8L3 9.6M4.6 8l1.6 1.6',
};

export function icon(name) {
  return svg(
    'svg',
    { class: `icon icon-${name}`, viewBox: '0 0 16 16', 'aria-hidden': 'true' },
    svg('path', { d: ICONS[name] }),
  );
}

// A button that says what it does; busy() keeps its width and its place in the order of focus.
export function button(text, { kind = '', icon: name, label, onclick, type = 'button', ...more } = {}) {
  return el(
    'button',
    { type, class: `btn ${kind}`.trim(), 'aria-label': label, on: onclick && { click: onclick }, ...more },
    name && icon(name),
    text && el('span', text),
  );
}

// A button that reads as a link.
export const linkButton = (text, onclick) => el('button.link', { type: 'button', on: { click: onclick } }, text);

// An attribute that is there or not.
export function flag(node, name, on, value = 'true') {
  if (on) node.setAttribute(name, value);
  else node.removeAttribute(name);
}
export function busy(node, on) {
  flag(node, 'aria-disabled', on);
  node.classList.toggle('is-busy', on);
}
export const isBusy = node => node.getAttribute('aria-disabled') === 'true';

// ---- what is said without being seen, and what is seen for a moment ----

export function say(text, urgent = false) {
  const region = document.getElementById(urgent ? 'alert' : 'status');
  region.textContent = '';
  setTimeout(() => {
    region.textContent = visible(text);
  }, 50);
}

export function toast(text, kind = 'ok') {
  const node = el('div', { class: `toast toast-${kind}` }, icon(kind === 'ok' ? 'check' : 'warn'), el('span', visible(text)));
  document.getElementById('toasts').append(node);
  say(text, kind !== 'ok');
  setTimeout(() => node.remove(), kind === 'ok' ? 4000 : 9000);
}

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

// A table whose roles stand there, as its cells change their display on a phone. heads: [text, class] of each column.
export const cell = (label, kind, ...children) =>
  el('td', { role: 'cell', 'data-label': label, class: kind }, children);
export const line = (...cells) => el('tr', { role: 'row' }, cells);
export const head = heads =>
  el(
    'thead',
    { role: 'rowgroup' },
    line(heads.map(([name, kind]) => el('th', { role: 'columnheader', scope: 'col', class: kind }, name))),
  );

// What is known of something: [label, value...] of each line; what is false is left out.
export const facts = (...lines) =>
  el(
    'dl.facts',
    lines.filter(Boolean).map(([label, ...value]) => [el('dt', label), el('dd', value)]),
  );

// What stands where there is nothing to show.
export const empty = (name, title, ...children) =>
  el('div.empty', name && icon(name), el('h2', { tabindex: -1 }, title), children);

// A small button that copies, and says whether it worked.
export function copyButton(text, what) {
  const node = button('', { kind: 'copy', icon: 'copy', label: `Copy ${what}`, title: `Copy ${what}` });
  node.addEventListener('click', async () => {
    const done = await copy(typeof text === 'function' ? text() : text);
    replace(node, icon(done ? 'check' : 'cross'));
    say(done ? `Copied ${what}` : `The browser did not allow copying ${what}: select it and copy by hand`, !done);
    setTimeout(() => replace(node, icon('copy')), 1500);
  });
  return node;
}
