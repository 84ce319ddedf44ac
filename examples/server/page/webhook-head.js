// The head of a webhook: its name, its switch, what can be done with it, and what is wrong with it.
import { el, replace, button, visible } from './dom.js';
import { switchOf } from './list-row.js';
import { shortUrl } from './url.js';
import { openForm } from './form.js';
import { rotate } from './secret.js';
import { test } from './test.js';
import { redeliverFailed } from './danger.js';
import { banner } from './banner.js';

export function createHead(reload) {
  const node = el('div');
  let drawn = '';

  function verbs(webhook) {
    const then = open => () => open(webhook).then(reload);
    const title = 'Send a sample of each subscribed event';
    return [
      button('Test', { kind: 'primary', icon: 'send', title, onclick: () => test(webhook) }),
      button('Edit', { icon: 'edit', onclick: then(openForm) }),
      button('Rotate secret', { icon: 'key', onclick: then(rotate) }),
      webhook.stats.failed > 0 && button('Redeliver failed', { icon: 'again', onclick: then(redeliverFailed) }),
    ];
  }

  // Draws it where something of it changed; the button that has the focus keeps it.
  function draw(webhook) {
    const { stats, health, ...rest } = webhook;
    const key = JSON.stringify([rest, health, stats.waiting, stats.skipped, stats.failed > 0]);
    if (key === drawn) return;
    drawn = key;
    const had = node.contains(document.activeElement) ? document.activeElement : null;
    const isSame = each => each.textContent === had.textContent || (each.role === had.role && each.role);
    replace(
      node,
      el(
        'div.page-head.webhook-head',
        el(
          'div.webhook-title',
          el('div.title-row', el('h1', { tabindex: -1 }, el('bdi', visible(webhook.name))), switchOf(webhook, reload)),
          el('p.page-sub', shortUrl(webhook.url, 72)),
        ),
        el('div.acts', verbs(webhook)),
      ),
      banner(webhook),
    );
    if (had) [...node.querySelectorAll('button, h1')].find(isSame)?.focus({ preventScroll: true });
  }
  return { node, draw };
}
