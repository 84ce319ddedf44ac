// The delivery log: filters, rows that come by themselves, older ones on demand.
import { el, replace, button, icon, say, add, flag } from './dom.js';
import { eventTypes, server } from './api.js';
import { onChange } from './live.js';
import { loader } from './load.js';
import { go, to } from './router.js';
import { onZone, stamp, zone, plural, count } from './time.js';
import { filterRow, active, pick, describe } from './filters.js';
import { logRow, logHead, newer, noMatch } from './rows.js';
import { createRows, MOST } from './log-rows.js';

// base: the route it lives at; webhook: its id or null for all; empty(): what stands there as long as there is nothing.
export function createLog({ base, webhook, empty }) {
  const all = !webhook;
  const rows = createRows(webhook);
  let selected = '';
  let gap = false; // there are rows between the new ones that wait and those that are shown
  let keep = 0; // rows that the server keeps of each webhook
  const body = el('tbody', { role: 'rowgroup' });
  const caption = el('caption.hidden', `Deliveries of ${all ? 'all webhooks' : 'this webhook'}, newest first`);
  const table = el('table.table.log-table', { role: 'table' });
  const box = el('div.log-box');
  const bar = el('div.new-bar');
  const foot = el('div.log-foot');
  const filters = filterRow(next => go(to(base, next)));
  const node = el(
    `section.log${all ? '.log-all' : ''}`,
    { 'aria-label': 'Delivery log' },
    filters.node,
    bar,
    box,
    foot,
  );

  // ---- what is drawn ----

  const line = (row, fresh) => logRow(row, { all, base, params: pick(rows.params), fresh });

  function drawTable() {
    replace(table, caption, logHead(all, zone()), body);
    body.replaceChildren(...rows.list.map(row => line(row)));
  }
  function drawFoot() {
    const { list, hasNext } = rows;
    if (!list.length) {
      replace(foot, hasNext && button('Look further back', { onclick: older }));
      return;
    }
    const { timestamp: oldest, cursor } = list[list.length - 1];
    const span = list.length > 1 ? `${stamp(oldest)} – ${stamp(list[0].timestamp)}` : stamp(oldest);
    const next = { ...pick(rows.params), before: cursor };
    replace(
      foot,
      el(
        'p.muted',
        `${span}, ${plural(list.length, 'row')}.`,
        keep > 0 && ` The newest ${count(keep)} of each webhook are kept.`,
      ),
      hasNext && list.length < MOST && button('Load older', { onclick: older }),
      hasNext && list.length >= MOST && el('a.btn', { href: to(base, next) }, `Go on from ${stamp(oldest)}`),
    );
  }
  function mark() {
    for (const row of body.children) {
      const on = row.dataset.id === selected;
      row.classList.toggle('is-selected', on);
      flag(row.querySelector('.row-link'), 'aria-current', on);
    }
  }
  function show(page) {
    rows.begin(page);
    gap = false;
    bar.replaceChildren();
    drawAll();
  }
  function drawAll() {
    if (rows.list.length) {
      drawTable();
      if (!table.isConnected) replace(box, table);
      mark();
    } else replace(box, active(rows.params) ? noMatch(describe(rows.params), () => go(to(base))) : empty());
    drawFoot();
  }
  const load = loader(box, rows.read, show, { lines: 8 });

  async function older(event) {
    const { params } = rows;
    event.currentTarget.setAttribute('aria-disabled', 'true');
    try {
      const more = await rows.older();
      if (!more) return;
      if (table.isConnected) {
        body.append(...more.map(row => line(row)));
        drawFoot();
        mark();
      } else drawAll();
      say(`${plural(more.length, 'older row')} loaded`);
      (foot.querySelector('.btn') || body.lastElementChild?.querySelector('a') || node.querySelector('select')).focus();
    } catch (error) {
      if (params !== rows.params) return;
      const problem = el('p.problem', icon('warn'), el('span', error.message));
      replace(foot, problem, button('Try again', { icon: 'again', onclick: older }));
    }
  }

  // ---- what comes while one looks: nothing moves under the pointer or the focus ----

  const isHeld = () => body.contains(document.activeElement) || body.matches(':hover') || scrollY > box.offsetTop + 100;

  function showHeld() {
    bar.replaceChildren();
    body.prepend(...rows.take().map(row => line(row, true)));
    while (body.children.length > MOST) body.lastElementChild.remove();
    drawFoot();
    mark();
  }
  function offerHeld() {
    const offer = button('', {
      kind: 'new-button',
      async onclick() {
        if (gap) await load.run();
        else showHeld();
        body.querySelector('a')?.focus();
      },
    });
    replace(bar, add(offer, newer(rows.held.length)));
  }
  async function refresh() {
    if (!named) learn();
    if (!rows.list.length) {
      load.run();
      return;
    }
    const came = await rows.newer().catch(() => null);
    if (!came?.count) return;
    say(`${rows.held.length} new ${rows.held.length === 1 ? 'delivery' : 'deliveries'}`);
    gap ||= Boolean(came.gap);
    if (isHeld()) offerHeld();
    else if (came.gap) show(came.gap);
    else showHeld();
  }

  // one look at a time; what changes meanwhile is looked at afterwards
  let looking = false;
  let again = false;
  async function look(ids) {
    if (ids && webhook && !ids.includes(webhook)) return;
    again = true;
    if (looking) return;
    looking = true;
    while (again) {
      again = false;
      await refresh();
    }
    looking = false;
  }

  body.addEventListener('click', event => {
    if (event.target.closest('a, button') || getSelection().toString()) return;
    event.target.closest('tr')?.querySelector('.row-link')?.click();
  });
  const ends = [
    onChange(look),
    onZone(() => {
      if (!rows.list.length) return;
      drawTable();
      drawFoot();
      mark();
    }),
  ];
  // what hardly changes; asked for again with the next change where no answer came
  let named = false;
  function learn() {
    named = true;
    Promise.all([eventTypes(), server()]).then(
      ([types, about]) => {
        filters.know(types.map(type => type.name));
        keep = about.policy.logRows;
        drawFoot();
      },
      () => {
        named = false;
      },
    );
  }
  learn();

  return {
    node,
    // the parameters of the route, and the delivery that is open beside the log
    update(next, delivery) {
      const changed = !node.dataset.ready || JSON.stringify(pick(next)) !== JSON.stringify(rows.params);
      selected = delivery || '';
      if (!changed) {
        mark();
        return;
      }
      node.dataset.ready = '1';
      rows.params = pick(next);
      filters.update(rows.params);
      load.reset();
      load.run();
    },
    destroy() {
      load.stop();
      for (const end of ends) end();
    },
  };
}
