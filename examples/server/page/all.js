// The deliveries of all webhooks in one log.
import { el } from './dom.js';
import { server } from './api.js';
import { to } from './router.js';
import { createLog } from './log.js';
import { createDetail } from './delivery.js';
import { pick } from './filters.js';

export function deliveriesScreen() {
  let params = {}, detail = null, keep = 0;
  const base = ['deliveries'];
  const panel = el('div.split');
  const node = el('div.screen', el('div.page-head', el('div', el('h1', { tabindex: -1 }, 'Deliveries'),
    el('p.page-sub', 'Every attempt of every webhook, the newest first.'))), panel);
  const empty = () => el('div.empty', el('h2', 'No deliveries yet'), el('p', 'Events appear here as they are sent.'),
    el('a.btn', { href: '#/webhooks' }, 'To the webhooks'));
  server().then(about => { keep = about.policy.logRows; }, () => {});
  const log = createLog({ base, webhook: null, keep, empty });
  panel.append(log.node);
  return {
    node, title: 'Deliveries',
    update(route) {
      const delivery = route.parts[1] || '';
      params = route.params;
      log.update(params, delivery);
      panel.classList.toggle('has-detail', Boolean(delivery));
      if (delivery) {
        detail ||= createDetail({ back: () => to(base, pick(params)) });
        if (!detail.node.isConnected) panel.append(detail.node);
        detail.update(delivery);
      } else if (detail) {
        detail.destroy();
        detail.node.remove();
        detail = null;
        if (document.activeElement === document.body) (log.node.querySelector('.row-link') || node.querySelector('h1')).focus();
      }
    },
    keys: { r: () => detail?.redeliver() },
    destroy() { log.destroy(); detail?.destroy(); },
  };
}
