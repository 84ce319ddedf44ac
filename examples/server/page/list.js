// The webhooks: what there is, how each is doing, on or off.
import { el, replace, button, unique, say, head } from './dom.js';
import { api, query, get } from './api.js';
import { onChange, liveState } from './live.js';
import { loader } from './load.js';
import { go, to } from './router.js';
import { count, plural } from './time.js';
import { select } from './field.js';
import { sentence } from './chart.js';
import { HEADS, row, welcome } from './list-row.js';
import { noMatch } from './rows.js';
import { openForm } from './form.js';

const PAGE = 20;
const SHOWN = [
  ['', 'All'],
  ['active', 'Active'],
  ['inactive', 'Inactive'],
  ['failing', 'Failing'],
];
export function listScreen() {
  let params = {};
  const box = el('div.card.card-flush.list-box');
  const foot = el('div.log-foot');
  const id = unique('search');
  const total = el('p.page-sub');
  const search = el('input', {
    id,
    class: 'input',
    type: 'search',
    placeholder: 'Name or URL',
    'data-search': true,
    autocomplete: 'off',
    spellcheck: 'false',
  });
  let timer = 0;
  search.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(() => set({ q: search.value.trim(), page: '' }), 250);
  });
  const set = more => go(to(['webhooks'], { ...params, ...more }), { replace: true });
  const shown = select({
    label: 'Show',
    name: 'show',
    value: '',
    options: SHOWN,
    onchange: show => set({ show, page: '' }),
  });
  const tools = el(
    'div.filters.list-tools',
    { role: 'search', 'aria-label': 'Filter the webhooks' },
    el('div.field.field-small.field-search', el('label', { for: id }, 'Search'), search),
    shown,
  );
  const create = button('Create webhook', { kind: 'primary', icon: 'plus', onclick: () => openForm() });
  const node = el(
    'div.screen',
    el('div.page-head', el('div', el('h1', { tabindex: -1 }, 'Webhooks'), total), create),
    tools,
    box,
    foot,
  );

  const asked = () => ({
    active: { active: 'true', inactive: 'false' }[params.show],
    failing: params.show === 'failing' ? 'true' : '',
  });
  let rows = new Map(); // by id
  const reload = () => load.run();
  const body = el('tbody', { role: 'rowgroup' });
  const table = el(
    'table',
    { role: 'table', class: 'table list-table' },
    el('caption.hidden', 'Webhooks'),
    head(HEADS),
    body,
  );

  // Only where it changed: a link there may have the focus.
  let footed = '';
  function drawFoot(pagination) {
    const key = JSON.stringify([params, pagination]);
    if (key === footed) return;
    footed = key;
    const { page, total: found, totalPages, hasPrev, hasNext } = pagination;
    const turn = (by, text) => el('a.btn', { href: to(['webhooks'], { ...params, page: String(page + by) }) }, text);
    replace(
      foot,
      totalPages > 1 && el('p.muted', `Page ${page} of ${count(totalPages)}, ${plural(found, 'webhook')}`),
      totalPages > 1 && el('div.pages', hasPrev && turn(-1, 'Previous'), hasNext && turn(1, 'Next')),
    );
    if (params.q || params.show) say(`${plural(found, 'webhook')} found`);
  }

  function show({ data, pagination }) {
    const filtered = params.q || params.show;
    const never = !data.length && !filtered && pagination.page === 1;
    tools.hidden = total.hidden = never;
    create.hidden = never;
    if (!data.length) drawFoot({ ...pagination, totalPages: 0 });
    if (never) {
      replace(box, welcome());
      return;
    }
    if (!data.length && pagination.page > 1) {
      set({ page: '' });
      return;
    }
    if (!data.length) {
      const what = [params.q && `“${params.q}”`, params.show]
        .filter(Boolean)
        .join(', ');
      replace(
        box,
        noMatch(what, () => {
          search.value = '';
          go(to(['webhooks']), { replace: true });
          search.focus();
        }),
      );
      return;
    }
    const lines = data.map(webhook => {
      const known = rows.get(webhook.id);
      if (!known) return row(webhook, reload);
      known.refresh(webhook);
      return known;
    });
    rows = new Map(data.map((webhook, at) => [webhook.id, lines[at]]));
    if (lines.length !== body.children.length || lines.some((line, at) => line !== body.children[at]))
      body.replaceChildren(...lines);
    if (!table.isConnected) replace(box, table);
    drawFoot(pagination);
    get('/stats?range=24h').then(
      stats => replace(total, `Last 24 hours: ${sentence(stats)}`),
      () => {},
    );
  }
  const load = loader(
    box,
    () => api('GET', `/webhooks${query({ q: params.q, ...asked(), page: params.page, limit: PAGE })}`),
    show,
  );

  // a change while a row has the pointer or a switch is busy waits a little, so that nothing jumps
  let due = 0;
  const end = onChange(() => {
    clearTimeout(due);
    due = setTimeout(() => liveState().name === 'paused' || load.run(), 250);
  });
  return {
    node,
    title: 'Webhooks',
    update({ params: next }) {
      const changed = JSON.stringify(next) !== JSON.stringify(params) || !node.dataset.ready;
      params = { ...next };
      node.dataset.ready = '1';
      if (document.activeElement !== search) search.value = params.q || '';
      shown.querySelector('select').value = params.show || '';
      if (changed) load.run();
    },
    keys: { n: () => openForm() },
    destroy() {
      clearTimeout(due);
      clearTimeout(timer);
      load.stop();
      end();
    },
  };
}
