// A line of the log, and the names of webhooks for lines of all of them.
import { el, button, icon, visible, cell, head, empty } from './dom.js';
import { get } from './api.js';
import { time, stamp, duration, due, exact } from './time.js';
import { statePill, shortCause } from './words.js';
import { to } from './router.js';

const names = new Map(); // id -> promise of its name
function nameOf(id) {
  if (!names.has(id))
    names.set(
      id,
      get(`/webhooks/${id}`).then(
        webhook => webhook.name,
        error => {
          names.delete(id);
          return error.status === 404 ? 'Deleted webhook' : id;
        },
      ),
    );
  return names.get(id);
}
export function nameIs(id, name) {
  names.set(id, Promise.resolve(name));
}

const COLUMNS = {
  Time: 'time',
  Webhook: 'hook',
  Event: 'event',
  Result: 'result',
  Status: 'code',
  Attempt: 'n num',
  Took: 'ms num',
  Response: 'response',
};

export function logRow(row, { all, base, params, fresh }) {
  const href = to([...base, row.id], params);
  const link = el(
    'a.row-link',
    { href, 'data-id': row.id, title: exact(row.timestamp), 'aria-label': `${row.event}, ${stamp(row.timestamp)}` },
    time(row.timestamp, stamp),
  );
  const hook = all && el('a.quiet', { href: to(['webhooks', row.webhookId]) }, row.webhookId);
  if (hook)
    nameOf(row.webhookId).then(name => {
      hook.textContent = visible(name);
    });
  const next =
    row.nextAttemptAt && row.state === 'waiting' ? el('span.muted.small', time(row.nextAttemptAt, due)) : null;
  return el(
    'tr',
    { role: 'row', class: fresh ? 'is-new' : null, 'data-cursor': row.cursor, 'data-id': row.id },
    cell('Time', 'col-time', link),
    all && cell('Webhook', 'col-hook', hook),
    cell('Event', 'col-event', el('code', row.event), row.isTest && el('span.tag', 'Test')),
    cell('Result', 'col-result', statePill(row.state), next),
    cell('Status', 'col-code', el('span', { class: row.success || !row.attempt ? null : 'is-bad' }, shortCause(row))),
    cell('Attempt', 'col-n num', row.attempt || '–'),
    cell('Took', 'col-ms num', duration(row.durationMs)),
    cell(
      'Response',
      'col-response',
      row.response
        ? el('span.snippet-cell', visible(row.response.slice(0, 200).replace(/\s+/g, ' ')))
        : el('span.muted', row.attempt ? 'empty' : '–'),
    ),
  );
}

export const logHead = (all, zone) =>
  head(
    Object.entries(COLUMNS)
      .filter(([name]) => all || name !== 'Webhook')
      .map(([name, kind]) => [name === 'Time' ? [name, el('span.muted.small', ` ${zone}`)] : name, `col-${kind}`]),
  );

export const newer = n => [icon('plus'), el('span', n === 1 ? 'Show 1 new' : `Show ${n} new`)];

// What stands there when the filter lets nothing through; onclick clears it.
export const noMatch = (what, onclick) =>
  empty(
    'search',
    'Nothing matches',
    el('p', 'The filter is: ', el('b', what), '.'),
    button('Clear filter', { onclick }),
  );
