// The overview of a webhook: how much was delivered, how fast, what waits, what it subscribes to.
import { el, replace } from './dom.js';
import { get } from './api.js';
import { onChange } from './live.js';
import { loader } from './load.js';
import { to } from './router.js';
import { chartFigure } from './figure.js';
import { count, time, percent, exact, due } from './time.js';
import { healthPill, sentence } from './words.js';
import { eventTypes } from './api.js';

const RANGES = [
  ['24h', '24 hours', 86400],
  ['7d', '7 days', 604800],
  ['30d', '30 days', 2592000],
];

export const tile = (label, value, kind, more) =>
  el('div', { class: `tile ${kind || ''}` }, el('dt', label), el('dd', value, more && el('span.tile-more', more)));

export function createOverview(id) {
  let range = RANGES[0];
  let webhook = null;
  const figure = chartFigure((from, until) =>
    to(['webhooks', id], { since: new Date(from).toISOString(), until: new Date(until).toISOString() }),
  );
  const tiles = el('dl.tiles');
  const chart = el('div');
  const facts = el('div');
  const events = el('ul.event-list');
  const segs = el(
    'div.segs',
    { role: 'group', 'aria-label': 'Time shown' },
    RANGES.map(each =>
      el(
        'button',
        {
          type: 'button',
          class: 'seg',
          'aria-pressed': String(each === range),
          on: {
            click: event => {
              range = each;
              for (const node of segs.children) node.setAttribute('aria-pressed', String(node === event.currentTarget));
              load.run();
            },
          },
        },
        each[1],
      ),
    ),
  );
  const node = el(
    'div.overview',
    tiles,
    el('section.card', el('div.card-head', el('h2', 'Deliveries'), segs), chart),
    el('div.two', el('section.card', el('h2', 'Health'), facts), el('section.card', el('h2', 'Events'), events)),
  );
  const load = loader(
    chart,
    () => get(`/webhooks/${id}/stats?range=${range[0]}`),
    stats => {
      if (!figure.node.isConnected) replace(chart, figure.node);
      figure.show(stats, range[2]);
    },
  );

  async function drawEvents() {
    const types = await eventTypes().catch(() => []);
    replace(
      events,
      webhook.events.map(name =>
        el('li', el('code', name), el('span.muted', types.find(type => type.name === name)?.firesWhen || '')),
      ),
    );
  }
  function show(next) {
    const list = next.events.join();
    const changed = !webhook || webhook.events.join() !== list;
    webhook = next;
    const { stats, health } = webhook;
    const ended = (stats.delivered || 0) + (stats.failed || 0);
    replace(
      tiles,
      tile('Delivered', count(stats.delivered), '', ended ? percent(stats.delivered, ended) : ''),
      tile('Failed', count(stats.failed), stats.failed ? 'is-fail' : ''),
      tile(
        'Waiting',
        count(stats.waiting),
        stats.waiting ? 'is-warn' : '',
        stats.waiting && stats.nextAttemptAt ? ['next ', time(stats.nextAttemptAt, due)] : '',
      ),
      stats.cancelled ? tile('Cancelled', count(stats.cancelled)) : null,
      stats.dropped ? tile('Dropped', count(stats.dropped), 'is-fail') : null,
      stats.skipped ? tile('Came while inactive', count(stats.skipped)) : null,
    );
    replace(
      facts,
      el(
        'dl.facts',
        el('dt', 'State'),
        el('dd', healthPill(webhook)),
        health.reason && health.class !== 'healthy' ? [el('dt', 'Reason'), el('dd', sentence(health.reason))] : null,
        health.failures
          ? [
              el('dt', 'Failures in a row'),
              el('dd', count(health.failures), health.failingSince && [', since ', time(health.failingSince)]),
            ]
          : null,
        el('dt', 'Last delivery'),
        el('dd', time(webhook.lastDeliveryAt)),
        stats.oldestWaitingAt ? [el('dt', 'Oldest waiting'), el('dd', time(stats.oldestWaitingAt))] : null,
        el('dt', 'Created'),
        el('dd', exact(webhook.createdAt).replace(/\.\d+/, '')),
        webhook.updatedAt ? [el('dt', 'Changed'), el('dd', time(webhook.updatedAt))] : null,
      ),
    );
    if (changed) drawEvents();
  }
  load.run();
  const end = onChange(ids => {
    if (!ids || ids.includes(id)) load.run();
  });
  return {
    node,
    show,
    destroy() {
      load.stop();
      end();
    },
  };
}
