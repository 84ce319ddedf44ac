// The last 24 hours of a webhook in a cell: heights by the highest, failed on top.
import { el, svg, icon } from './dom.js';
import { count, plural } from './time.js';

export function spark(series, name) {
  const sums = series.map(([good, bad]) => good + bad);
  const most = Math.max(1, ...sums);
  const all = sums.reduce((a, b) => a + b, 0);
  const failed = series.reduce((sum, [, bad]) => sum + bad, 0);
  if (!all) return el('span.muted', 'None');
  return el(
    'span.spark',
    svg(
      'svg',
      {
        viewBox: '0 0 96 24',
        width: 96,
        height: 24,
        role: 'img',
        'aria-label': `${name}: ${plural(all, 'delivery', 'deliveries')} in 24 hours, ${count(failed)} failed`,
      },
      series.map(([good, bad], at) => {
        const g = (22 * good) / most;
        const b = (22 * bad) / most;
        const x = at * 4;
        return [
          svg('rect.spark-base', { x, y: 23, width: 3, height: 1 }),
          g > 0 && svg('rect.bar-ok', { x, y: 24 - Math.max(g, 1.5), width: 3, height: Math.max(g, 1.5) }),
          b > 0 &&
            svg('rect.bar-fail', {
              x,
              y: 24 - Math.max(g, g > 0 ? 1.5 : 0) - Math.max(b, 1.5),
              width: 3,
              height: Math.max(b, 1.5),
            }),
        ];
      }),
    ),
    failed > 0 && el('span.spark-bad', icon('cross'), count(failed)),
  );
}
