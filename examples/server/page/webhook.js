// One webhook: deliveries, overview, settings; and one of its deliveries beside the log.
import { el, replace, button, icon, flag } from './dom.js';
import { get } from './api.js';
import { onChange } from './live.js';
import { loader } from './load.js';
import { to } from './router.js';
import { createLog } from './log.js';
import { beside } from './beside.js';
import { createOverview } from './overview.js';
import { createSettings } from './webhook-settings.js';
import { createHead } from './webhook-head.js';
import { pick } from './filters.js';
import { openForm } from './form.js';
import { test } from './test.js';
import { nameIs } from './rows.js';

const TABS = [
  ['deliveries', 'Deliveries'],
  ['overview', 'Overview'],
  ['settings', 'Settings'],
];

function gone(was) {
  const text = was
    ? 'It was deleted a moment ago, here or in another window.'
    : 'It was deleted, or the address is wrong.';
  return el(
    'div.empty',
    icon('info'),
    el('h1', { tabindex: -1 }, 'This webhook is gone'),
    el('p', text),
    el('a.btn.primary', { href: '#/webhooks' }, 'All webhooks'),
  );
}

export function webhookScreen(id) {
  const base = ['webhooks', id];
  let webhook = null;
  let tab = '';
  let delivery = '';
  let params = {};
  let part = null; // what the tab shows

  const reload = () => load.run();
  const head = createHead(reload);
  const tabs = el(
    'nav.tabs',
    { 'aria-label': 'Parts of this webhook' },
    TABS.map(([key, text]) => el('a.tab', { href: to(key === 'deliveries' ? base : [...base, key]) }, text)),
  );
  const panel = el('div.split');
  const detail = beside(panel, () => to(base, pick(params)));
  const shell = el('div', head.node, tabs, panel);
  const box = el('div');
  const node = el('div.screen', el('a.crumb', { href: '#/webhooks' }, icon('back'), 'Webhooks'), box);
  const self = { node, title: 'Webhook' };

  function empty() {
    return el(
      'div.empty',
      el('span.empty-mark', icon('send')),
      el('h2', 'No deliveries yet'),
      el('p', 'Events appear here as they are sent. A test sends a sample of each event of this webhook.'),
      button('Send a test', { icon: 'send', onclick: () => test(webhook) }),
    );
  }
  const PARTS = {
    deliveries: () => createLog({ base: [...base, 'deliveries'], webhook: id, empty }),
    overview: () => createOverview(id),
    settings: () => createSettings(reload),
  };
  function show() {
    TABS.forEach(([key], at) => flag(tabs.children[at], 'aria-current', key === tab, 'page'));
    if (part?.tab !== tab) {
      part?.destroy();
      part = PARTS[tab]();
      part.tab = tab;
      replace(panel, part.node);
    }
    part.show?.(webhook);
    part.update?.(params, delivery);
    detail.show(delivery);
  }
  function drop() {
    part?.destroy();
    part = null;
    detail.destroy();
    end();
  }

  const load = loader(
    box,
    () => get(`/webhooks/${id}`),
    next => {
      webhook = next;
      nameIs(id, webhook.name);
      self.title = webhook.name;
      if (!shell.isConnected) replace(box, shell);
      head.draw(webhook);
      show();
      self.onTitle?.();
    },
    {
      lines: 9,
      onError(error, has) {
        if (error.status !== 404) return false;
        drop();
        replace(box, gone(has));
        box.querySelector('h1').focus();
        return true;
      },
    },
  );
  const end = onChange(ids => {
    if (!ids || ids.includes(id)) load.run();
  });

  return Object.assign(self, {
    update(route) {
      const [, , second, third] = route.parts;
      tab = PARTS[second] ? second : 'deliveries';
      delivery = (tab === 'deliveries' && third) || '';
      params = route.params;
      if (webhook) show();
      else load.run();
    },
    keys: {
      t: () => webhook && test(webhook),
      e: () => webhook && openForm(webhook).then(reload),
      r: () => detail.redeliver(),
    },
    destroy() {
      drop();
      load.stop();
    },
  });
}
