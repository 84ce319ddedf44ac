// Settings: how this page shows things, who may come in, what the server allows.
import { el, replace, button, icon, linkButton, cell, head, line, facts, visible } from './dom.js';
import { get, server } from './api.js';
import { select, toggle } from './field.js';
import { loader } from './load.js';
import { onChange } from './live.js';
import { newToken, revoke } from './tokens.js';
import { time, span, zone, isUtc, setUtc, count } from './time.js';
import { signOut } from './session.js';
import { shortcutsOn, setShortcuts, showKeys } from './keys.js';

const THEMES = [
  ['', 'As the system'],
  ['light', 'Light'],
  ['dark', 'Dark'],
];

export function applyTheme() {
  const theme = localStorage.getItem('akolhook-theme') || '';
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
}

function policyFacts({ policy, version, businessId, store }) {
  const bad = text => el('span.pill.pill-warn', icon('warn'), el('span', text));
  const steps = policy.schedule.filter(s => s > 0).map(s => span(s * 1000));
  return facts(
    ['URLs', policy.allowHttp ? bad('http allowed') : 'https only'],
    ['Networks', policy.allowCidr.length ? bad(`also ${policy.allowCidr.join(', ')}`) : 'public addresses only'],
    ['Attempts', `${policy.maxAttempts}, after ${steps.join(', ')}`],
    ['Deadline', `${span(policy.deadlineMs)} for an answer`],
    ['Bodies kept', policy.keepEventsS ? span(policy.keepEventsS * 1000) : 'while a delivery waits'],
    ['Log', `the newest ${count(policy.logRows)} rows of each webhook`],
    ['Store', { sqlite: 'SQLite', postgres: 'PostgreSQL' }[store] || store],
    ['Business', el('code', businessId)],
    ['Version', version],
    ['Service', el('a', { href: '/openapi.yaml' }, 'openapi.yaml'), ' describes every call'],
  );
}

export function settingsScreen() {
  const tokens = el('div');
  const about = el('div');
  const setting = (label, text, control) =>
    el('div.setting', el('div', el('h3', label), el('p.setting-value', text)), control);
  const utcText = el('span', `Local is ${zone()}.`);
  const page = el(
    'section.card',
    el('h2', 'This page'),
    setting(
      'Times in UTC',
      utcText,
      toggle({
        label: 'Times in UTC',
        on: isUtc(),
        words: ['UTC', 'Local'],
        onchange: (on, node) => {
          setUtc(on);
          node.set(on);
        },
      }),
    ),
    setting(
      'Colours',
      'Light, dark, or what the system says.',
      select({
        label: 'Colours',
        name: 'theme',
        value: localStorage.getItem('akolhook-theme') || '',
        options: THEMES,
        onchange: value => {
          localStorage.setItem('akolhook-theme', value);
          applyTheme();
        },
      }),
    ),
    setting(
      'Keyboard shortcuts',
      el(
        'span',
        'Single letters, off inside fields. ',
        linkButton('Which ones?', showKeys),
      ),
      toggle({
        label: 'Keyboard shortcuts',
        on: shortcutsOn(),
        words: ['On', 'Off'],
        onchange: (on, node) => {
          setShortcuts(on);
          node.set(on);
        },
      }),
    ),
    setting(
      'Session',
      'The token is kept in this browser until its tabs are closed.',
      button('Sign out', { icon: 'off', onclick: () => signOut() }),
    ),
  );
  const node = el(
    'div.screen.settings-screen',
    el('div.page-head', el('h1', { tabindex: -1 }, 'Settings')),
    page,
    el(
      'section.card',
      el(
        'div.card-head',
        el('h2', 'Tokens'),
        button('New token', { icon: 'plus', onclick: () => newToken(() => load.run()) }),
      ),
      tokens,
    ),
    el('section.card', el('h2', 'This server'), about),
  );
  const load = loader(
    tokens,
    () => get('/tokens'),
    list =>
      replace(
        tokens,
        el(
          'table.table.tokens-table',
          { role: 'table' },
          el('caption.hidden', 'Tokens'),
          head([['Name'], ['Scope'], ['Made'], ['Last used'], [el('span.hidden', 'Actions')]]),
          el(
            'tbody',
            { role: 'rowgroup' },
            list.map(token =>
              line(
                cell('Name', null, el('bdi', visible(token.name || '–')), token.current && el('span.tag', 'This page')),
                cell('Scope', null, token.scope),
                cell('Made', null, time(token.createdAt)),
                cell('Last used', null, token.lastUsedAt ? time(token.lastUsedAt) : el('span.muted', 'never')),
                cell(
                  '',
                  'num',
                  button('Revoke', {
                    kind: 'plain',
                    label: `Revoke ${token.name}`,
                    onclick: () => revoke(token, () => load.run()),
                  }),
                ),
              ),
            ),
          ),
        ),
      ),
    { lines: 3 },
  );
  const known = loader(about, server, data => replace(about, policyFacts(data)), { lines: 6 });
  const end = onChange(() => {
    load.retry();
    known.retry();
  });
  return {
    node,
    title: 'Settings',
    update() {
      load.run();
      known.run();
    },
    destroy() {
      load.stop();
      known.stop();
      end();
    },
  };
}
