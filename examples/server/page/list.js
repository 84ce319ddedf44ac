// The webhooks: what there is, how each is doing, on or off.
import { el, replace, button, icon, toast, busy, unique, visible, say } from './dom.js';
import { api, query, get } from './api.js';
import { onChange } from './live.js';
import { loader } from './load.js';
import { go, to } from './router.js';
import { time, count, plural } from './time.js';
import { toggle, select } from './field.js';
import { healthPill } from './words.js';
import { spark, sentence } from './chart.js';
import { shortUrl } from './url.js';
import { openForm } from './form.js';
import { setActive } from './danger.js';
import { errorText } from './dialog.js';
import { nameIs } from './rows.js';

const PAGE = 20;
const SHOWN = [['', 'All'], ['true', 'Active'], ['false', 'Inactive']];
const cell = (label, kind, ...children) => el('td', { role: 'cell', 'data-label': label, class: kind }, children);

function events(webhook) {
  const first = webhook.events.slice(0, 1), more = webhook.events.length - first.length;
  return el('span.event-short', { title: webhook.events.join('\n') }, first.map(name => el('code', name)), more > 0 && el('span.muted', ` +${more}`));
}

export function switchOf(webhook, done) {
  return toggle({ label: `${webhook.name}: active`, on: webhook.isActive, async onchange(on, node) {
    busy(node, true);
    try {
      if (await setActive(webhook, on)) { node.set(on); done(); }
    } catch (error) {
      toast(errorText(error), 'fail');
    } finally {
      busy(node, false);
    }
  } });
}

function row(webhook, done) {
  nameIs(webhook.id, webhook.name);
  return el('tr', { role: 'row', 'data-key': webhook.id }, cell('Name', 'col-name', el('a.row-link', { href: to(['webhooks', webhook.id]), 'data-id': webhook.id }, el('bdi', visible(webhook.name))),
    shortUrl(webhook.url, 52)),
  cell('Events', 'col-events', events(webhook)),
  cell('24 hours', 'col-spark', spark(webhook.series || [], webhook.name)),
  cell('Last delivery', 'col-last', time(webhook.lastDeliveryAt)),
  cell('Health', 'col-health', healthPill(webhook)),
  cell('Active', 'col-active', switchOf(webhook, done)));
}

const HEADS = [['Name', 'col-name'], ['Events', 'col-events'], ['24 hours', 'col-spark'], ['Last delivery', 'col-last'], ['Health', 'col-health'], ['Active', 'col-active']];

function welcome() {
  const step = (n, title, text) => el('li', el('span.step', { 'aria-hidden': 'true' }, n), el('div', el('b', title), el('p.muted', text)));
  return el('div.empty.welcome', el('span.empty-mark', icon('hook')), el('h2', 'No webhooks yet'),
    el('p', 'A webhook sends what happens in Akol to a URL of yours: signed, tried again when it fails, and logged.'),
    button('Create webhook', { kind: 'primary', icon: 'plus', onclick: () => openForm() }),
    el('ol.steps', step(1, 'Create', 'A name, a URL and the events you want.'), step(2, 'Paste the secret', 'Into your receiver. Ready code is there to copy.'),
      step(3, 'Test', 'See each event arrive, or why it did not.')));
}

export function listScreen() {
  let params = {};
  const box = el('div.card.card-flush.list-box');
  const foot = el('div.log-foot');
  const id = unique('search');
  const total = el('p.page-sub');
  const search = el('input', { id, class: 'input', type: 'search', placeholder: 'Name or URL', 'data-search': true, autocomplete: 'off', spellcheck: 'false' });
  let timer = 0;
  search.addEventListener('input', () => { clearTimeout(timer); timer = setTimeout(() => set({ q: search.value.trim(), page: '' }), 250); });
  const set = more => go(to(['webhooks'], { ...params, ...more }), { replace: true });
  const shown = select({ label: 'Show', name: 'active', value: '', options: SHOWN, onchange: active => set({ active, page: '' }) });
  const tools = el('div.filters.list-tools', { role: 'search', 'aria-label': 'Filter the webhooks' },
    el('div.field.field-small.field-search', el('label', { for: id }, 'Search'), search), shown);
  const create = button('Create webhook', { kind: 'primary', icon: 'plus', onclick: () => openForm() });
  const node = el('div.screen', el('div.page-head', el('div', el('h1', { tabindex: -1 }, 'Webhooks'), total), create), tools, box, foot);

  const body = el('tbody', { role: 'rowgroup' });
  const table = el('table', { role: 'table', class: 'table list-table' }, el('caption.hidden', 'Webhooks'),
    el('thead', { role: 'rowgroup' }, el('tr', { role: 'row' }, HEADS.map(([name, kind]) => el('th', { role: 'columnheader', scope: 'col', class: kind }, name)))), body);

  function show({ data, pagination }) {
    const filtered = params.q || params.active;
    const never = !data.length && !filtered && pagination.page === 1;
    tools.hidden = total.hidden = never;
    create.hidden = never;
    foot.replaceChildren();
    if (never) { replace(box, welcome()); return; }
    if (!data.length && pagination.page > 1) { set({ page: '' }); return; }
    if (!data.length) {
      const what = [params.q && `“${params.q}”`, params.active && (params.active === 'true' ? 'active' : 'inactive')].filter(Boolean).join(', ');
      replace(box, el('div.empty', icon('search'), el('h2', 'Nothing matches'), el('p', 'The filter is: ', el('b', what), '.'),
        button('Clear filter', { onclick: () => { search.value = ''; go(to(['webhooks']), { replace: true }); search.focus(); } })));
      return;
    }
    // the one that has the focus keeps it: its row is replaced by a row with the same key
    const at = document.activeElement?.closest('tr')?.dataset.key, isSwitch = document.activeElement?.getAttribute('role') === 'switch';
    replace(body, data.map(webhook => row(webhook, () => load.run())));
    if (!table.isConnected) replace(box, table);
    if (at) body.querySelector(`[data-key="${CSS.escape(at)}"] ${isSwitch ? '.switch' : '.row-link'}`)?.focus({ preventScroll: true });
    if (pagination.totalPages > 1) replace(foot, el('p.muted', `Page ${pagination.page} of ${count(pagination.totalPages)}, ${plural(pagination.total, 'webhook')}`),
      el('div.pages', pagination.hasPrev && el('a.btn', { href: to(['webhooks'], { ...params, page: String(pagination.page - 1) }) }, 'Previous'),
        pagination.hasNext && el('a.btn', { href: to(['webhooks'], { ...params, page: String(pagination.page + 1) }) }, 'Next')));
    if (filtered) say(`${plural(pagination.total, 'webhook')} found`);
    get('/stats?range=24h').then(stats => replace(total, `Last 24 hours: ${sentence(stats)}`), () => {});
  }
  const load = loader(box, () => api('GET', `/webhooks${query({ q: params.q, active: params.active, page: params.page, limit: PAGE })}`), show);

  // a change while a row has the pointer or a switch is busy waits a little, so that nothing jumps
  let due = 0;
  const end = onChange(() => { clearTimeout(due); due = setTimeout(() => load.run(), 250); });
  return {
    node, title: 'Webhooks',
    update({ params: next }) {
      const changed = JSON.stringify(next) !== JSON.stringify(params) || !node.dataset.ready;
      params = { ...next };
      node.dataset.ready = '1';
      if (document.activeElement !== search) search.value = params.q || '';
      shown.querySelector('select').value = params.active || '';
      if (changed) load.run();
    },
    keys: { n: () => openForm() },
    destroy() { clearTimeout(due); clearTimeout(timer); load.stop(); end(); },
  };
}
