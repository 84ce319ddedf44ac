// An attempt of a delivery: how it ended, where its time went, what the receiver answered.
import { el, icon, svg } from './dom.js';
import { time, exact, duration } from './time.js';
import { cause } from './words.js';
import { codeView } from './code.js';

// Where the time of an attempt went, as a bar and in words.
const PHASES = [
  ['lookup', 'Lookup'],
  ['connect', 'Connect'],
  ['tls', 'TLS'],
  ['wait', 'Wait'],
];
function phases(row) {
  const { lookup, connect, tls, firstByte } = row.timings || {};
  const parts = { lookup, connect, tls };
  const before = (lookup || 0) + (connect || 0) + (tls || 0);
  parts.wait = row.durationMs > before ? row.durationMs - before : firstByte;
  const known = PHASES.filter(([key]) => parts[key] > 0);
  const total = known.reduce((sum, [key]) => sum + parts[key], 0);
  if (!total) return null;
  let x = 0;
  return el(
    'div',
    svg(
      'svg.phase-bar',
      { viewBox: '0 0 100 6', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
      known.map(([key]) => {
        const width = (100 * parts[key]) / total;
        const at = x;
        x += width;
        return svg('rect', { class: `phase-${key}`, x: at, y: 0, width: Math.max(width - 0.4, 0.4), height: 6 });
      }),
    ),
    el(
      'ul.phase-list',
      known.map(([key, word]) =>
        el('li', el('span', { class: `dot phase-${key}`, 'aria-hidden': 'true' }), `${word} ${duration(parts[key])}`),
      ),
    ),
  );
}

export function attempt(row, last) {
  const title = row.attempt ? `Attempt ${row.attempt}` : 'Ended without an attempt';
  return el(
    'li.attempt',
    el(
      'details',
      { open: last },
      el(
        'summary',
        el(
          'span',
          { class: `attempt-mark ${row.success ? 'is-ok' : 'is-fail'}` },
          icon(row.success ? 'check' : row.attempt ? 'cross' : 'stop'),
        ),
        el('b', title),
        el('span', row.statusCode || ''),
        el('span.attempt-at.muted', time(row.timestamp), row.durationMs !== null && ` · ${duration(row.durationMs)}`),
      ),
      el(
        'div.attempt-body',
        (!last || row.success) && el('p', cause(row)),
        el('p.muted.small', exact(row.timestamp), row.peer && [' · to ', el('code', row.peer)]),
        phases(row),
        row.attempt > 0 &&
          row.statusCode &&
          (row.response
            ? [
                codeView(row.response, 'Response', 'the response'),
                row.responseTruncated && el('p.muted.small', 'The response was longer: only its beginning is kept.'),
              ]
            : el('p.muted', 'The response has no body.')),
      ),
    ),
  );
}
