// The chart as a figure: its sentence, its legend, the same as a table, arrow keys from bar to bar.
import { el, replace } from './dom.js';
import { day, hour, zone, count, duration } from './time.js';
import { draw, sentence } from './chart.js';

function asTable(stats) {
  const isDay = start => stats.bucketS >= 86400 && hour(start) === '00:00'; // they are days of UTC
  return el(
    'table.table.small-table',
    el('caption.hidden', 'Deliveries by time'),
    el(
      'thead',
      el(
        'tr',
        ['From', 'Delivered', 'Failed', 'p50', 'p95'].map((name, at) =>
          el('th', { scope: 'col', class: at ? 'num' : null }, name),
        ),
      ),
    ),
    el(
      'tbody',
      stats.buckets.map(({ start, delivered, failed, p50Ms, p95Ms }) =>
        el(
          'tr',
          el('th', { scope: 'row' }, isDay(start) ? day(start) : `${day(start)} ${hour(start)}`),
          el('td.num', count(delivered)),
          el('td.num', count(failed)),
          el('td.num', duration(p50Ms)),
          el('td.num', duration(p95Ms)),
        ),
      ),
    ),
  );
}

// Arrow keys go from bar to bar; Tab leaves them.
function roving(chart) {
  const bars = [...chart.querySelectorAll('a.bar')];
  if (bars.length) bars[bars.length - 1].setAttribute('tabindex', 0);
  chart.addEventListener('keydown', event => {
    const at = bars.indexOf(document.activeElement);
    const step = { ArrowRight: 1, ArrowLeft: -1, Home: -at, End: bars.length - 1 - at }[event.key];
    if (at < 0 || step === undefined) return;
    event.preventDefault();
    const next = bars[at + step];
    if (!next) return;
    bars[at].setAttribute('tabindex', -1);
    next.setAttribute('tabindex', 0);
    next.focus();
  });
}

export function chartFigure(link) {
  const plot = el('div');
  const caption = el('figcaption');
  const table = el('div.scroll');
  const node = el(
    'figure.figure',
    caption,
    plot,
    el(
      'div.legend',
      el('span', el('span.key.key-ok', { 'aria-hidden': 'true' }), 'Delivered'),
      el('span', el('span.key.key-fail', { 'aria-hidden': 'true' }), 'Failed'),
      el('span', el('span.key.key-gap', { 'aria-hidden': 'true' }), 'No deliveries'),
      el('span.muted', `Times in ${zone()}. A bar opens the log of its time.`),
    ),
    el('details.more', el('summary', 'Show as table'), table),
  );
  let last = null;
  let width = 0;
  const redraw = () => {
    if (!last || plot.clientWidth === 0) return;
    const inside = plot.contains(document.activeElement) && document.activeElement.getAttribute('href');
    const chart = draw(last.stats, last.seconds, Math.max(plot.clientWidth, 240), link);
    replace(plot, chart);
    roving(chart);
    if (inside) plot.querySelector(`a[href="${CSS.escape(inside)}"]`)?.focus();
  };
  new ResizeObserver(() => {
    if (plot.clientWidth !== width) {
      width = plot.clientWidth;
      redraw();
    }
  }).observe(plot);
  return {
    node,
    show(stats, seconds) {
      last = { stats, seconds };
      replace(caption, el('b', sentence(stats)));
      replace(table, stats.buckets.length ? asTable(stats) : el('p.muted', 'No deliveries.'));
      redraw();
    },
  };
}
