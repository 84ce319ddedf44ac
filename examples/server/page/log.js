// The delivery log: filters, rows that come by themselves, older ones on demand.
import { el, replace, button, icon, say, add } from './dom.js';
import { api, query, eventTypes } from './api.js';
import { onChange } from './live.js';
import { loader } from './load.js';
import { go, to } from './router.js';
import { onZone, stamp, zone, plural, count } from './time.js';
import { filterRow, toQuery, describe, active, pick } from './filters.js';
import { logRow, logHead, newer } from './rows.js';

const PAGE = 50, MOST = 500;

// base: the route it lives at; webhook: its id or null for all; empty(): what stands there as long as there is nothing.
export function createLog({ base, webhook, keep, empty, onRows }) {
  let params = {}, rows = [], cursor = null, hasNext = false, held = [], selected = '';
  const all = !webhook;
  const body = el('tbody', { role: 'rowgroup' });
  const caption = el('caption.hidden', all ? 'Deliveries of all webhooks, newest first' : 'Deliveries of this webhook, newest first');
  const box = el('div.log-box');
  const bar = el('div.new-bar');
  const foot = el('div.log-foot');
  const filters = filterRow([], next => go(to(base, next)));
  const node = el('section', { class: `log ${all ? 'log-all' : ''}`, 'aria-label': 'Delivery log' }, filters.node, bar, box, foot);
  const table = el('table', { role: 'table', class: 'table log-table' });

  const path = more => `${webhook ? `/webhooks/${webhook}` : ''}/deliveries${query({ ...toQuery(params), limit: PAGE, ...more })}`;
  const fetchPage = more => api('GET', path(more));
  const line = (row, fresh) => logRow(row, { all, base, params: pick(params), fresh });

  function drawHead() { replace(table, caption, logHead(all, zone()), body); }
  function drawFoot() {
    if (!rows.length) { foot.replaceChildren(); return; }
    const oldest = rows[rows.length - 1].timestamp, newest = rows[0].timestamp;
    replace(foot, el('p.muted', rows.length > 1 ? `${stamp(oldest)} – ${stamp(newest)}, ` : `${stamp(oldest)}, `,
      plural(rows.length, 'row'), keep ? `. The newest ${count(keep)} rows of each webhook are kept.` : '.'),
    hasNext && rows.length < MOST && button('Load older', { onclick: older }),
    hasNext && rows.length >= MOST && el('a.btn', { href: to(base, { ...pick(params), span: '', until: oldest }) }, `Go on from ${stamp(oldest)}`));
  }
  function mark() {
    for (const tr of body.children) tr.classList.toggle('is-selected', tr.dataset.id === selected);
    for (const link of body.querySelectorAll('.row-link')) link.dataset.id === selected ? link.setAttribute('aria-current', 'true') : link.removeAttribute('aria-current');
  }
  function show({ data, pagination }) {
    rows = data;
    held = [];
    ({ nextCursor: cursor, hasNext } = pagination);
    bar.replaceChildren();
    if (!rows.length) {
      replace(box, active(params) ? el('div.empty', icon('search'), el('h2', 'Nothing matches'),
        el('p', 'The filter is: ', el('b', describe(params)), '.'),
        button('Clear filter', { onclick: () => go(to(base)) })) : empty());
    } else {
      drawHead();
      replace(body, rows.map(row => line(row)));
      if (!table.isConnected) replace(box, table);
      mark();
    }
    drawFoot();
    onRows?.(rows);
  }
  const load = loader(box, () => fetchPage(), show, { lines: 8 });

  async function older(event) {
    const node1 = event.currentTarget;
    node1.setAttribute('aria-disabled', 'true');
    try {
      const { data, pagination } = await fetchPage({ cursor });
      const had = new Set(rows.map(row => row.cursor));
      const more = data.filter(row => !had.has(row.cursor));
      rows = rows.concat(more);
      ({ nextCursor: cursor, hasNext } = pagination);
      add(body, more.map(row => line(row)));
      drawFoot();
      mark();
      say(`${plural(more.length, 'older row')} loaded`);
      (foot.querySelector('.btn') || body.lastElementChild?.querySelector('a'))?.focus();
    } catch (error) {
      node1.removeAttribute('aria-disabled');
      replace(foot, el('p.problem', icon('warn'), el('span', error.message)), button('Try again', { icon: 'again', onclick: older }));
    }
  }

  // ---- what comes while one looks ----

  const isHeld = () => body.contains(document.activeElement) || body.matches(':hover') || scrollY > box.offsetTop + 100;
  function showHeld() {
    const fresh = held;
    held = [];
    bar.replaceChildren();
    rows = fresh.concat(rows).slice(0, MOST);
    body.prepend(...fresh.map(row => line(row, true)));
    while (body.children.length > MOST) body.lastElementChild.remove();
    drawFoot();
    mark();
    onRows?.(rows);
  }
  async function refresh() {
    if (!rows.length) { load.run(); return; }
    const { data, pagination } = await fetchPage().catch(() => ({}));
    if (!data || !rows.length) return;
    const had = new Set([...held, ...rows].map(row => row.cursor));
    const fresh = data.filter(row => !had.has(row.cursor));
    if (!fresh.length) return;
    if (fresh.length === data.length && pagination.hasNext) held = [];      // more came than a page: the rest is below
    const before = held.length;
    held = fresh.concat(held);
    if (held.length > before) say(`${held.length} new ${held.length === 1 ? 'delivery' : 'deliveries'}`);
    if (fresh.length === data.length && pagination.hasNext && !isHeld()) { show({ data, pagination }); return; }
    if (!isHeld()) showHeld();
    else replace(bar, button('', { kind: 'new-button', onclick: () => { showHeld(); body.querySelector('a')?.focus(); } }, null), null);
    if (held.length) replace(bar.firstElementChild, newer(held.length));
  }
  let looking = false, again = false;
  async function look(ids) {
    if (ids && webhook && !ids.includes(webhook)) return;
    if (looking) { again = true; return; }
    looking = true;
    await refresh();
    looking = false;
    if (again) { again = false; look(null); }
  }

  body.addEventListener('click', event => {
    if (event.target.closest('a, button') || getSelection().toString()) return;
    event.target.closest('tr')?.querySelector('.row-link')?.click();
  });
  const ends = [onChange(look), onZone(() => { if (rows.length) { drawHead(); replace(body, rows.map(row => line(row))); drawFoot(); mark(); } })];
  let types = null;
  eventTypes().then(list => { types = list.map(type => type.name); setTypes(); }, () => {});
  let current = filters;
  function setTypes() {
    const made = filterRow(types, next => go(to(base, next)));
    current.node.replaceWith(made.node);
    current = made;
    current.update(params);
  }
  return {
    node, rows: () => rows, reload: () => load.run(),
    update(next, delivery) {
      const changed = JSON.stringify(pick(next)) !== JSON.stringify(pick(params)) || !node.dataset.ready;
      params = pick(next);
      selected = delivery || '';
      if (changed) {
        node.dataset.ready = '1';
        current.update(params);
        load.reset();
        load.run();
      } else mark();
    },
    destroy() { load.stop(); for (const end of ends) end(); },
  };
}
