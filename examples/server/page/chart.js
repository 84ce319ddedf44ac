// Delivered and failed by time as stacked bars, p95 as a line below. A bar is a link to the log of its time.
import { el, svg, replace, unique, icon } from './dom.js';
import { day, hour, zone, count, percent, duration, exact, plural } from './time.js';

const HEIGHT = 168, LINE = 56, LEFT = 44, GAP = 22, FOOT = 22;

// A round number above most, so that four grid lines are whole.
function top(most) {
  const steps = [4, 8, 12, 20, 40, 60, 80];
  for (let scale = 1; ; scale *= 10) for (const step of steps) if (step * scale >= most) return step * scale;
}

// All places of the span, those without data as null: a gap is not a zero.
function places(stats, seconds) {
  const size = stats.bucketS * 1000;
  const known = new Map(stats.buckets.map(bucket => [Math.floor(Date.parse(bucket.start) / size), bucket]));
  const last = Math.floor(Date.now() / size);
  const n = Math.max(Math.round(seconds / stats.bucketS), 1);
  return Array.from({ length: n }, (_, at) => ({ at: (last - n + 1 + at) * size, data: known.get(last - n + 1 + at) || null }));
}

function words(place, size) {
  const span = `${exact(place.at).replace(/:\d\d\.\d+/, '')}, ${size >= 3600e3 ? `${size / 3600e3} h` : `${size / 60e3} min`}`;
  if (!place.data) return `${span}: no deliveries`;
  const { delivered, failed, p95Ms } = place.data;
  return `${span}: ${count(delivered)} delivered, ${count(failed)} failed${p95Ms === null ? '' : `, p95 ${duration(p95Ms)}`}`;
}

export function sentence({ totals }) {
  const all = totals.delivered + totals.failed;
  if (!all) return 'No deliveries in this time.';
  return `${percent(totals.delivered, all)} of ${count(all)} delivered${totals.p95Ms === null ? '' : `, p95 ${duration(totals.p95Ms)}`}.`;
}

function draw(stats, seconds, width, link) {
  const list = places(stats, seconds), size = stats.bucketS * 1000;
  const sum = place => place.data ? place.data.delivered + place.data.failed : 0;
  const most = top(Math.max(4, ...list.map(sum))), slow = Math.max(1, ...list.map(place => place.data?.p95Ms || 0));
  const plot = width - LEFT - 4, step = plot / list.length, bar = Math.min(Math.max(step * 0.72, 1), 28);
  const x = at => LEFT + at * step + (step - bar) / 2;
  const y = n => 8 + HEIGHT - HEIGHT * n / most;
  const lineTop = 8 + HEIGHT + GAP, ly = ms => lineTop + LINE - (LINE - 6) * ms / slow;
  const pattern = unique('hatch');
  const label = seconds > 172800 ? day : hour;
  const every = Math.max(1, Math.ceil(list.length / Math.max(2, Math.floor(plot / 84))));

  const grid = [0, 1, 2, 3, 4].map(n => [
    svg('line', { class: n ? 'grid' : 'axis', x1: LEFT, x2: width - 4, y1: y(most * n / 4), y2: y(most * n / 4) }),
    svg('text.tick', { x: LEFT - 8, y: y(most * n / 4) + 4, 'text-anchor': 'end' }, count(most * n / 4))]);
  const bars = list.map((place, at) => {
    const title = svg('title', words(place, size));
    const hit = svg('rect.hit', { x: LEFT + at * step, y: 8, width: step, height: HEIGHT });
    if (!place.data) return svg('g.gap', title, hit, svg('line.gap-line', { x1: x(at), x2: x(at) + bar, y1: y(0) - 2, y2: y(0) - 2 }));
    const { delivered, failed } = place.data;
    return svg('a.bar', { href: link(place.at, place.at + size), 'aria-label': words(place, size), tabindex: -1 }, title, hit,
      delivered > 0 && svg('rect.bar-ok', { x: x(at), y: y(delivered), width: bar, height: y(0) - y(delivered) }),
      failed > 0 && svg('rect.bar-fail', { x: x(at), y: y(delivered + failed), width: bar, height: y(0) - y(failed) }),
      failed > 0 && svg('rect', { fill: `url(#${pattern})`, x: x(at), y: y(delivered + failed), width: bar, height: y(0) - y(failed) }));
  });
  // the line breaks where there is no data
  let path = '';
  const dots = [];
  list.forEach((place, at) => {
    const ms = place.data?.p95Ms;
    if (ms === null || ms === undefined) return;
    const point = `${(x(at) + bar / 2).toFixed(1)} ${ly(ms).toFixed(1)}`;
    const joined = at > 0 && list[at - 1].data && list[at - 1].data.p95Ms !== null;
    path += `${joined ? 'L' : 'M'}${point}`;
    if (!joined) dots.push(svg('circle.p95-dot', { cx: x(at) + bar / 2, cy: ly(ms), r: 2 }));
  });
  const height = lineTop + LINE + FOOT;
  return svg('svg.chart', { width, height, viewBox: `0 0 ${width} ${height}`, role: 'group', 'aria-label': `Deliveries by time. ${sentence(stats)}` },
    svg('defs', svg('pattern', { id: pattern, width: 6, height: 6, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' },
      svg('rect.hatch', { width: 2, height: 6 }))),
    grid, bars,
    svg('text.tick', { x: LEFT - 8, y: lineTop + 10, 'text-anchor': 'end' }, 'p95'),
    svg('text.tick', { x: LEFT, y: lineTop - 4 }, path ? duration(slow) : ''),
    svg('line.axis', { x1: LEFT, x2: width - 4, y1: lineTop + LINE, y2: lineTop + LINE }),
    path && svg('path.p95', { d: path }), dots,
    list.map((place, at) => at % every === 0 && x(at) < width - 40 && svg('text.tick', { x: x(at), y: height - 6 }, label(place.at))));
}

function asTable(stats) {
  const size = stats.bucketS * 1000;
  return el('table.table.small-table', el('caption.hidden', 'Deliveries by time'),
    el('thead', el('tr', ['From', 'Delivered', 'Failed', 'p50', 'p95'].map((name, at) => el('th', { scope: 'col', class: at ? 'num' : null }, name)))),
    el('tbody', stats.buckets.map(({ start, delivered, failed, p50Ms, p95Ms }) => el('tr',
      el('th', { scope: 'row' }, size >= 86400e3 ? day(start) : `${day(start)} ${hour(start)}`), el('td.num', count(delivered)),
      el('td.num', count(failed)), el('td.num', duration(p50Ms)), el('td.num', duration(p95Ms))))));
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
  const plot = el('div.chart-plot');
  const caption = el('figcaption');
  const table = el('div.scroll');
  const node = el('figure.figure', caption, plot, el('div', { class: 'legend' },
    el('span', el('span.key.key-ok', { 'aria-hidden': 'true' }), 'Delivered'), el('span', el('span.key.key-fail', { 'aria-hidden': 'true' }), 'Failed'),
    el('span', el('span.key.key-gap', { 'aria-hidden': 'true' }), 'No deliveries'), el('span.muted', `Times in ${zone()}. A bar opens the log of its time.`)),
  el('details.more', el('summary', 'Show as table'), table));
  let last = null, width = 0;
  const redraw = () => {
    if (!last || plot.clientWidth === 0) return;
    const inside = plot.contains(document.activeElement) && document.activeElement.getAttribute('href');
    const chart = draw(last.stats, last.seconds, Math.max(plot.clientWidth, 240), link);
    replace(plot, chart);
    roving(chart);
    if (inside) plot.querySelector(`a[href="${CSS.escape(inside)}"]`)?.focus();
  };
  new ResizeObserver(() => { if (plot.clientWidth !== width) { width = plot.clientWidth; redraw(); } }).observe(plot);
  return { node, show(stats, seconds) {
    last = { stats, seconds };
    replace(caption, el('b', sentence(stats)));
    replace(table, stats.buckets.length ? asTable(stats) : el('p.muted', 'No deliveries.'));
    redraw();
  } };
}

// The last 24 hours of a webhook in a cell: heights by the highest, failed on top.
export function spark(series, name) {
  const sums = series.map(([good, bad]) => good + bad), most = Math.max(1, ...sums), all = sums.reduce((a, b) => a + b, 0);
  const failed = series.reduce((sum, [, bad]) => sum + bad, 0);
  if (!all) return el('span.muted', 'None');
  return el('span.spark', svg('svg', { viewBox: '0 0 96 24', width: 96, height: 24, role: 'img',
    'aria-label': `${name}: ${plural(all, 'delivery', 'deliveries')} in 24 hours, ${count(failed)} failed` }, series.map(([good, bad], at) => {
    const g = 22 * good / most, b = 22 * bad / most, x = at * 4;
    return [svg('rect.spark-base', { x, y: 23, width: 3, height: 1 }),
      g > 0 && svg('rect.bar-ok', { x, y: 24 - Math.max(g, 1.5), width: 3, height: Math.max(g, 1.5) }),
      b > 0 && svg('rect.bar-fail', { x, y: 24 - Math.max(g, g > 0 ? 1.5 : 0) - Math.max(b, 1.5), width: 3, height: Math.max(b, 1.5) })];
  })), failed > 0 && el('span.spark-bad', icon('cross'), count(failed)));
}
