// A webhook as a line of the list, and what stands there as long as there is none.
import { el, replace, button, icon, toast, busy, visible, cell, line } from './dom.js';
import { to } from './router.js';
import { time } from './time.js';
import { toggle } from './field.js';
import { healthPill } from './words.js';
import { spark } from './spark.js';
import { shortUrl } from './url.js';
import { openForm } from './form.js';
import { setActive } from './danger.js';
import { errorText } from './dialog.js';
import { nameIs } from './rows.js';

function events(webhook) {
  const first = webhook.events.slice(0, 1);
  const more = webhook.events.length - first.length;
  return el(
    'span.event-short',
    { title: webhook.events.join('\n') },
    first.map(name => el('code', name)),
    more > 0 && el('span.muted', ` +${more}`),
  );
}

export function switchOf(webhook, done) {
  return toggle({
    label: `${webhook.name}: active`,
    on: webhook.isActive,
    async onchange(on, node) {
      busy(node, true);
      try {
        if (await setActive(webhook, on)) {
          node.set(on);
          done();
        }
      } catch (error) {
        toast(errorText(error), 'fail');
      } finally {
        busy(node, false);
      }
    },
  });
}

// The line stays the same element as long as the webhook is there, so that nothing is lost under a click or the focus.
export function row(webhook, done) {
  const link = el('a.row-link', { href: to(['webhooks', webhook.id]), 'data-id': webhook.id });
  const lever = switchOf(webhook, done);
  const cells = {
    name: cell('Name', 'col-name', link, el('span')),
    events: cell('Events', 'col-events'),
    spark: cell('24 hours', 'col-spark'),
    last: cell('Last delivery', 'col-last'),
    health: cell('Health', 'col-health'),
  };
  const node = line(Object.values(cells), cell('Active', 'col-active', lever));

  node.refresh = next => {
    Object.assign(webhook, next); // the switch has the same object
    nameIs(next.id, next.name);
    if (link.textContent !== visible(next.name)) replace(link, el('bdi', visible(next.name)));
    cells.name.lastElementChild.replaceWith(shortUrl(next.url, 52));
    replace(cells.events, events(next));
    replace(cells.spark, spark(next.series || [], next.name));
    replace(cells.last, time(next.lastDeliveryAt));
    replace(cells.health, healthPill(next));
    lever.setAttribute('aria-label', `${next.name}: active`);
    lever.set(next.isActive);
  };
  node.refresh(webhook);
  return node;
}

export const HEADS = [
  ['Name', 'col-name'],
  ['Events', 'col-events'],
  ['24 hours', 'col-spark'],
  ['Last delivery', 'col-last'],
  ['Health', 'col-health'],
  ['Active', 'col-active'],
];

export function welcome() {
  const step = (n, title, text) =>
    el('li', el('span.step', { 'aria-hidden': 'true' }, n), el('div', el('b', title), el('p.muted', text)));
  return el(
    'div.empty',
    el('span.empty-mark', icon('hook')),
    el('h2', 'No webhooks yet'),
    el('p', 'A webhook sends what happens in Akol to a URL of yours: signed, tried again when it fails, and logged.'),
    button('Create webhook', { kind: 'primary', icon: 'plus', onclick: () => openForm() }),
    el(
      'ol.steps',
      step(1, 'Create', 'A name, a URL and the events you want.'),
      step(2, 'Paste the secret', 'Into your receiver. Ready code is there to copy.'),
      step(3, 'Test', 'See each event arrive, or why it did not.'),
    ),
  );
}
