// The settings of a webhook: what it is, its secret, and how to be rid of it.
import { el, replace, button, visible, copyButton } from './dom.js';
import { go, to } from './router.js';
import { openForm } from './form.js';
import { rotate } from './secret.js';
import { remove } from './danger.js';

function settings(webhook, done) {
  const line = (label, value, ...acts) =>
    el('div.setting', el('div', el('h3', label), el('div.setting-value', value)), acts);
  return el(
    'div.settings',
    el(
      'section.card',
      line(
        'Name',
        el('bdi', visible(webhook.name)),
        button('Edit', {
          icon: 'edit',
          label: 'Edit name, URL and events',
          onclick: () => openForm(webhook).then(done),
        }),
      ),
      line('URL', el('code.break', visible(webhook.url))),
      line(
        'Events',
        el(
          'span.codes',
          webhook.events.map(name => el('code', name)),
        ),
      ),
      line(
        'Secret',
        [
          el('code', webhook.secret),
          el('p.hint', 'Shown when it was made, and never again. If it is lost or known to others, rotate it.'),
        ],
        button('Rotate secret', { icon: 'key', onclick: () => rotate(webhook).then(done) }),
      ),
      line('Id', el('span.id', el('code', webhook.id), copyButton(webhook.id, 'the webhook id'))),
    ),
    el(
      'section.card',
      line(
        'Delete',
        'Removes the webhook and all its delivery logs for good.',
        button('Delete', {
          kind: 'danger-line',
          icon: 'bin',
          label: 'Delete this webhook',
          onclick: () =>
            remove(webhook).then(gone => {
              if (gone) go(to(['webhooks']));
            }),
        }),
      ),
    ),
  );
}

export function createSettings(done) {
  const node = el('div');
  let drawn = '';
  return {
    node,
    // what is under the pointer or the focus stays as long as nothing of it changed
    show(webhook) {
      const { id, name, url, events, secret, stats } = webhook;
      const key = JSON.stringify([id, name, url, events, secret, stats.waiting]);
      if (key !== drawn) replace(node, settings(webhook, done));
      drawn = key;
    },
    destroy() {},
  };
}
