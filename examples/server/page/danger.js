// What cannot be undone: delete; set inactive while deliveries wait; redeliver all that failed.
import { el, toast, strong, visible } from './dom.js';
import { api, get, logPage } from './api.js';
import { openDialog, actions } from './dialog.js';
import { field, select } from './field.js';
import { count, plural, stamp, now } from './time.js';

// A name as it is typed or copied: blanks are shown as one, and a letter with its accent may be two characters.
const plain = text => text.normalize().replace(/\s+/g, ' ').trim();

const deliveries = n => plural(n, 'delivery', 'deliveries');

export function remove(webhook) {
  const { stats = {} } = webhook;
  const known = ['delivered', 'failed', 'cancelled', 'dropped'].reduce((sum, key) => sum + (stats[key] || 0), 0);
  const name = field({ label: 'Type the name of the webhook to confirm', name: 'confirm' });
  const form = el(
    'form',
    { id: 'delete-form' },
    el('p', 'This removes ', strong(webhook.name), ' and all its delivery logs for good.'),
    el(
      'ul.points',
      el('li', known ? `The log of ${deliveries(known)} goes with it.` : 'Its log is empty.'),
      el(
        'li',
        stats.waiting
          ? `${deliveries(stats.waiting)} ${stats.waiting === 1 ? 'waits and is' : 'wait and are'} never sent.`
          : 'No delivery waits.',
      ),
      el('li', 'To stop it for a while, set it inactive instead.'),
    ),
    name.node,
  );
  const dialog = openDialog({ title: 'Delete webhook' }, form);
  const { no } = actions(dialog, {
    form,
    verb: 'Delete webhook',
    kind: 'danger',
    icon: 'bin',
    async run() {
      if (![webhook.name, visible(webhook.name)].map(plain).includes(plain(name.input.value))) {
        name.setError('That is not its name.');
        name.focus();
        return;
      }
      await api('DELETE', `/webhooks/${webhook.id}`);
      dialog.close(true);
      toast(`Deleted ${webhook.name}`);
    },
  });
  no.focus();
  return dialog.closed;
}

// Sets it active or inactive; asks when that cancels something. Gives whether it was done.
export async function setActive(webhook, active) {
  const change = () => api('PATCH', `/webhooks/${webhook.id}`, { body: { isActive: active } });
  const waiting = active ? 0 : (await get(`/webhooks/${webhook.id}`)).stats.waiting || 0; // what is shown may be old
  if (active || !waiting) {
    await change();
    toast(active ? `${webhook.name} is active` : `${webhook.name} is inactive`);
    return true;
  }
  const dialog = openDialog(
    { title: 'Set inactive' },
    el('p', `${deliveries(waiting)} ${waiting === 1 ? 'waits' : 'wait'} for a try and will be cancelled.`),
    el('p', 'Events that come while the webhook is inactive are counted and never sent later.'),
  );
  const { no } = actions(dialog, {
    verb: 'Set inactive',
    kind: 'danger',
    icon: 'pause',
    async run() {
      await change();
      dialog.close(true);
      toast(`${webhook.name} is inactive`);
    },
  });
  no.focus();
  return Boolean(await dialog.closed);
}

const SPANS = [
  ['3600', 'the last hour'],
  ['86400', 'the last 24 hours'],
  ['604800', 'the last 7 days'],
  ['2592000', 'the last 30 days'],
];

export function redeliverFailed(webhook) {
  let seconds = 86400;
  const found = el('p');
  let asked = 0;
  const since = () => new Date(now() - seconds * 1000).toISOString();

  // how many attempts of the log failed for good in that time; the server counts what it takes by itself
  async function look() {
    const turn = ++asked;
    found.textContent = 'Counting …';
    try {
      const { data, pagination } = await logPage(`/webhooks/${webhook.id}/deliveries`, {
        state: 'failed',
        test: 'false',
        limit: 100,
        since: since(),
      });
      if (turn !== asked) return;
      const n = new Set(data.map(row => row.id)).size;
      found.textContent = n
        ? `${pagination?.hasNext ? `More than ${count(n)} deliveries` : deliveries(n)} failed since ${stamp(since())}.`
        : `No delivery failed since ${stamp(since())}.`;
    } catch (error) {
      if (turn === asked) found.textContent = error.message;
    }
  }
  const choice = select({
    label: 'Failed in',
    name: 'span',
    value: '86400',
    options: SPANS,
    onchange: value => {
      seconds = Number(value);
      look();
    },
  });
  const dialog = openDialog(
    { title: 'Redeliver failed' },
    choice,
    found,
    el(
      'p.hint',
      'Each is sent again with the same id and the same bytes, so a receiver that has it can tell. What was redelivered already is left out.',
    ),
  );
  const { no } = actions(dialog, {
    verb: 'Redeliver',
    icon: 'again',
    async run() {
      const { data } = await api('POST', `/webhooks/${webhook.id}/redeliver`, { body: { since: since() } });
      dialog.close(true);
      toast(data.count ? `${deliveries(data.count)} on the way` : 'Nothing to redeliver');
    },
  });
  no.focus();
  look();
  return dialog.closed;
}
