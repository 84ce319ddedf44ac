// Delivered and failed by time as stacked bars, p95 as a line below. A bar is a link to the log of its time.
import { svg, unique } from './dom.js';
import { day, hour, count, percent, duration, exact, now } from './time.js';

const HEIGHT = 168;
const LINE = 56;
const LEFT = 44;
const GAP = 22;
const FOOT = 22;

// A round number above most, so that four grid lines are whole.
function top(most) {
  const steps = [4, 8, 12, 20, 40, 60, 80];
  for (let scale = 1; ; scale *= 10) for (const step of steps) if (step * scale >= most) return step * scale;
}

// All places of the span, those without data as null: a gap is not a zero.
function places(stats, seconds) {
  const size = stats.bucketS * 1000;
  const known = new Map(stats.buckets.map(bucket => [Math.floor(Date.parse(bucket.start) / size), bucket]));
  const last = Math.floor(now() / size);
  const n = Math.max(Math.round(seconds / stats.bucketS), 1);
  return Array.from({ length: n }, (_, at) => ({
    at: (last - n + 1 + at) * size,
    data: known.get(last - n + 1 + at) || null,
  }));
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

export function draw(stats, seconds, width, link) {
  const list = places(stats, seconds);
  const size = stats.bucketS * 1000;
  const sum = place => (place.data ? place.data.delivered + place.data.failed : 0);
  const most = top(Math.max(4, ...list.map(sum)));
  const slow = Math.max(1, ...list.map(place => place.data?.p95Ms || 0));
  const plot = width - LEFT - 4;
  const step = plot / list.length;
  const bar = Math.min(Math.max(step * 0.72, 1), 28);
  const x = at => LEFT + at * step + (step - bar) / 2;
  const y = n => 8 + HEIGHT - (HEIGHT * n) / most;
  const lineTop = 8 + HEIGHT + GAP;
  const ly = ms => lineTop + LINE - ((LINE - 6) * ms) / slow;
  const pattern = unique('hatch');
  const label = seconds > 172800 ? day : hour;
  const every = Math.max(1, Math.ceil(list.length / Math.max(2, Math.floor(plot / 84))));

  const grid = [0, 1, 2, 3, 4].map(n => [
    svg('line', { class: n ? 'grid' : 'axis', x1: LEFT, x2: width - 4, y1: y((most * n) / 4), y2: y((most * n) / 4) }),
    svg('text.tick', { x: LEFT - 8, y: y((most * n) / 4) + 4, 'text-anchor': 'end' }, count((most * n) / 4)),
  ]);
  const bars = list.map((place, at) => {
    const title = svg('title', words(place, size));
    const hit = svg('rect.hit', { x: LEFT + at * step, y: 8, width: step, height: HEIGHT });
    if (!place.data)
      return svg('g.gap', title, hit, svg('line.gap-line', { x1: x(at), x2: x(at) + bar, y1: y(0) - 2, y2: y(0) - 2 }));
    const { delivered, failed } = place.data;
    return svg(
      'a.bar',
      { href: link(place.at, place.at + size), 'aria-label': words(place, size), tabindex: -1 },
      title,
      hit,
      delivered > 0 && svg('rect.bar-ok', { x: x(at), y: y(delivered), width: bar, height: y(0) - y(delivered) }),
      failed > 0 && svg('rect.bar-fail', { x: x(at), y: y(delivered + failed), width: bar, height: y(0) - y(failed) }),
      failed > 0 &&
        svg('rect', {
          fill: `url(#${pattern})`,
          x: x(at),
          y: y(delivered + failed),
          width: bar,
          height: y(0) - y(failed),
        }),
    );
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
  return svg(
    'svg.chart',
    {
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      role: 'group',
      'aria-label': `Deliveries by time. ${sentence(stats)}`,
    },
    svg(
      'defs',
      svg(
        'pattern',
        { id: pattern, width: 6, height: 6, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' },
        svg('rect.hatch', { width: 2, height: 6 }),
      ),
    ),
    grid,
    bars,
    svg('text.tick', { x: LEFT - 8, y: lineTop + 10, 'text-anchor': 'end' }, 'p95'),
    svg('text.tick', { x: LEFT, y: lineTop - 4 }, path ? duration(slow) : ''),
    svg('line.axis', { x1: LEFT, x2: width - 4, y1: lineTop + LINE, y2: lineTop + LINE }),
    path && svg('path.p95', { d: path }),
    dots,
    list.map(
      (place, at) =>
        at % every === 0 && x(at) < width - 40 && svg('text.tick', { x: x(at), y: height - 6 }, label(place.at)),
    ),
  );
}
