// Settings: how this page shows things, who may come in, what the server allows.
import { el, replace, button, icon, copyButton, toast } from './dom.js';
import { api, get, server } from './api.js';
import { openDialog, actions } from './dialog.js';
import { field, select, toggle, summary } from './field.js';
import { loader } from './load.js';
import { time, span, zone, isUtc, setUtc, count } from './time.js';
import { signOut } from './session.js';
import { shortcutsOn, setShortcuts, showKeys } from './keys.js';

const SCOPES = [['full', 'full: everything'], ['read', 'read: look, change nothing'], ['emit', 'emit: post events, nothing else']];
const THEMES = [['', 'As the system'], ['light', 'Light'], ['dark', 'Dark']];

export function applyTheme() {
  const theme = localStorage.getItem('akolhook-theme') || '';
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
}

function newToken(done) {
  const name = field({ label: 'Name', name: 'name', placeholder: 'Grafana', maxlength: 100, hint: 'What uses it, so that it can be revoked.' });
  let scope = 'read';
  const wrong = summary([name]);
  const form = el('form', { id: 'token-form', novalidate: true }, wrong.node, name.node, select({ label: 'Scope', name: 'scope', value: scope, options: SCOPES, onchange: value => { scope = value; } }));
  const dialog = openDialog({ title: 'New token' }, form);
  const { yes, submit } = actions(dialog, { verb: 'Make token', showError: error => wrong.show(error.fields), async run() {
    wrong.clear();
    if (!name.input.value.trim()) { wrong.show([{ field: 'name', message: 'Give it a name.' }]); return; }
    const { data } = await api('POST', '/tokens', { body: { scope, name: name.input.value.trim() } });
    const value = el('input.input.secret-value', { readonly: true, value: data.token, 'aria-label': 'Token' });
    replace(dialog.heading, 'Token made');
    replace(dialog.body, el('p.lead', 'It is shown only now.'), el('div.secret-row', value, copyButton(data.token, 'the token')));
    replace(dialog.foot, button('I saved it', { icon: 'check', onclick: () => dialog.close(true) }));
    value.focus();
    value.select();
  } });
  yes.setAttribute('form', 'token-form');
  form.addEventListener('submit', submit);
  name.focus();
  return dialog.closed.then(done);
}

function revoke(token, done) {
  const dialog = openDialog({ title: 'Revoke token' }, el('p.lead', 'What uses ', el('b', token.name), ' is refused from now on.'),
    token.current && el('p.note', icon('warn'), el('span', 'This page uses it: you will have to sign in with another one.')));
  const { no } = actions(dialog, { verb: 'Revoke token', kind: 'danger', async run() {
    await api('DELETE', `/tokens/${token.id}`);
    dialog.close(true);
    toast(`Revoked ${token.name}`);
    done();
  } });
  no.focus();
}

function policyFacts({ policy, version, businessId, store }) {
  const bad = text => el('span.pill.pill-warn', icon('warn'), el('span', text));
  const fact = (label, ...value) => [el('dt', label), el('dd', value)];
  return el('dl.facts', fact('URLs', policy.allowHttp ? bad('http allowed') : 'https only'),
    fact('Networks', policy.allowCidr.length ? bad(`also ${policy.allowCidr.join(', ')}`) : 'public addresses only'),
    fact('Attempts', `${policy.maxAttempts}, after ${policy.schedule.filter(s => s > 0).map(s => span(s * 1000)).join(', ')}`),
    fact('Deadline', `${span(policy.deadlineMs)} for an answer`),
    fact('Bodies kept', policy.keepEventsS ? span(policy.keepEventsS * 1000) : 'while a delivery waits'), fact('Log', `the newest ${count(policy.logRows)} rows of each webhook`),
    fact('Store', { sqlite: 'SQLite', postgres: 'PostgreSQL' }[store] || store), fact('Business', el('code', businessId)), fact('Version', version),
    fact('Service', el('a', { href: '/openapi.yaml' }, 'openapi.yaml'), ' describes every call'));
}

export function settingsScreen() {
  const tokens = el('div'), about = el('div');
  const setting = (label, text, control) => el('div.setting', el('div', el('h3', label), el('p.setting-value', text)), control);
  const utcText = el('span', `Local is ${zone()}.`);
  const page = el('section.card', el('h2', 'This page'),
    setting('Times in UTC', utcText, toggle({ label: 'Times in UTC', on: isUtc(), words: ['UTC', 'Local'], onchange: (on, node) => { setUtc(on); node.set(on); } })),
    setting('Colours', 'Light, dark, or what the system says.', select({ label: 'Colours', name: 'theme', value: localStorage.getItem('akolhook-theme') || '', options: THEMES,
      onchange: value => { localStorage.setItem('akolhook-theme', value); applyTheme(); } })),
    setting('Keyboard shortcuts', el('span', 'Single letters, off inside fields. ', el('button', { type: 'button', class: 'link', on: { click: showKeys } }, 'Which ones?')),
      toggle({ label: 'Keyboard shortcuts', on: shortcutsOn(), words: ['On', 'Off'], onchange: (on, node) => { setShortcuts(on); node.set(on); } })),
    setting('Session', 'The token is kept in this browser until its tabs are closed.', button('Sign out', { icon: 'off', onclick: () => signOut() })));
  const node = el('div.screen.settings-screen', el('div.page-head', el('h1', { tabindex: -1 }, 'Settings')), page,
    el('section.card', el('div.card-head', el('h2', 'Tokens'), button('New token', { icon: 'plus', onclick: () => newToken(() => load.run()) })), tokens),
    el('section.card', el('h2', 'This server'), about));
  const cell = (label, ...children) => el('td', { role: 'cell', 'data-label': label }, children);
  const load = loader(tokens, () => get('/tokens'), list => replace(tokens, el('table', { role: 'table', class: 'table tokens-table' }, el('caption.hidden', 'Tokens'),
    el('thead', { role: 'rowgroup' }, el('tr', { role: 'row' }, ['Name', 'Scope', 'Made', 'Last used', ''].map(name => el(name ? 'th' : 'td', { role: name ? 'columnheader' : 'cell', scope: name ? 'col' : null }, name)))),
    el('tbody', { role: 'rowgroup' }, list.map(token => el('tr', { role: 'row' }, cell('Name', token.name || '–', token.current && el('span.tag', 'This page')), cell('Scope', token.scope),
      cell('Made', time(token.createdAt)), cell('Last used', token.lastUsedAt ? time(token.lastUsedAt) : el('span.muted', 'never')),
      el('td', { role: 'cell', class: 'num' }, button('Revoke', { kind: 'plain', label: `Revoke ${token.name}`, onclick: () => revoke(token, () => load.run()) }))))))), { lines: 3 });
  const facts = loader(about, server, data => replace(about, policyFacts(data)), { lines: 6 });
  return { node, title: 'Settings', update() { load.run(); facts.run(); }, destroy() { load.stop(); facts.stop(); } };
}
