// The deliveries of all webhooks in one log.
import { el, empty as nothing } from './dom.js';
import { to } from './router.js';
import { createLog } from './log.js';
import { beside } from './beside.js';
import { pick } from './filters.js';

const BASE = ['deliveries'];

function empty() {
  return nothing(
    '',
    'No deliveries yet',
    el('p', 'Events appear here as they are sent.'),
    el('a.btn', { href: '#/webhooks' }, 'To the webhooks'),
  );
}

export function deliveriesScreen() {
  let params = {};
  const panel = el('div.split');
  const detail = beside(panel, () => to(BASE, pick(params)));
  const about = el('p.page-sub', 'Every attempt of every webhook, the newest first.');
  const head = el('div.page-head', el('div', el('h1', { tabindex: -1 }, 'Deliveries'), about));
  const log = createLog({ base: BASE, webhook: null, empty });
  panel.append(log.node);
  return {
    node: el('div.screen', head, panel),
    title: 'Deliveries',
    update(route) {
      params = route.params;
      log.update(params, route.parts[1]);
      detail.show(route.parts[1]);
    },
    keys: { r: () => detail.redeliver() },
    destroy() {
      log.destroy();
      detail.destroy();
    },
  };
}
