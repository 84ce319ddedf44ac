// The overview of a webhook: how much was delivered, how fast, what waits, what it subscribes to.
import { el, replace, facts } from './dom.js';
import { get } from './api.js';
import { onChange } from './live.js';
import { choice } from './field.js';
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

const tile = (label, value, kind, more) =>
  el('div', { class: `tile ${kind || ''}` }, el('dt', label), el('dd', value, more && el('span.tile-more', more)));

export function createOverview(id) {
  let range = RANGES[0];
  let webhook = null;
  const figure = chartFigure((from, until) =>
    to(['webhooks', id], { since: new Date(from).toISOString(), until: new Date(until).toISOString() }),
  );
  const tiles = el('dl.tiles');
  const chart = el('div');
  const known = el('div');
  const events = el('ul.event-list');
  const words = RANGES.map(each => each[1]);
  const segs = choice('Time shown', words, at => {
    range = RANGES[at];
    load.run();
  });
  const node = el(
    'div',
    tiles,
    el('section.card', el('div.card-head', el('h2', 'Deliveries'), segs), chart),
    el('div.two', el('section.card', el('h2', 'Health'), known), el('section.card', el('h2', 'Events'), events)),
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
      known,
      facts(
        ['State', healthPill(webhook)],
        health.reason && health.class !== 'healthy' && ['Reason', sentence(health.reason)],
        health.failures && [
          'Failures in a row',
          count(health.failures),
          health.failingSince && [', since ', time(health.failingSince)],
        ],
        ['Last delivery', time(webhook.lastDeliveryAt)],
        stats.oldestWaitingAt && ['Oldest waiting', time(stats.oldestWaitingAt)],
        ['Created', exact(webhook.createdAt).replace(/\.\d+/, '')],
        webhook.updatedAt && ['Changed', time(webhook.updatedAt)],
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
