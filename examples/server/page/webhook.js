// One webhook: deliveries, overview, settings; and one of its deliveries beside the log.
import { el, replace, button, icon, visible, copyButton } from './dom.js';
import { get, server } from './api.js';
import { onChange } from './live.js';
import { loader } from './load.js';
import { go, to } from './router.js';
import { createLog } from './log.js';
import { createDetail } from './delivery.js';
import { createOverview, banner } from './overview.js';
import { pick } from './filters.js';
import { switchOf } from './list.js';
import { shortUrl } from './url.js';
import { openForm } from './form.js';
import { rotate } from './secret.js';
import { test } from './test.js';
import { remove, redeliverFailed } from './danger.js';
import { nameIs } from './rows.js';

const TABS = [['deliveries', 'Deliveries'], ['overview', 'Overview'], ['settings', 'Settings']];

function settings(webhook, done) {
  const line = (label, value, ...acts) => el('div.setting', el('div', el('h3', label), el('div.setting-value', value)), acts);
  return el('div.settings', el('section', { class: 'card' },
    line('Name', el('bdi', visible(webhook.name)), button('Edit', { icon: 'edit', label: 'Edit name, URL and events', onclick: () => openForm(webhook).then(done) })),
    line('URL', el('code.break', visible(webhook.url))),
    line('Events', el('span.codes', webhook.events.map(name => el('code', name)))),
    line('Secret', [el('code', webhook.secret), el('p.hint', 'Shown when it was made, and never again. If it is lost or known to others, rotate it.')],
      button('Rotate secret', { icon: 'key', onclick: () => rotate(webhook).then(done) })),
    line('Id', el('span.id', el('code', webhook.id), copyButton(webhook.id, 'the webhook id')))),
  el('section.card.card-danger', line('Delete', 'Removes the webhook and all its delivery logs for good.',
    button('Delete', { kind: 'danger-line', icon: 'bin', label: 'Delete this webhook', onclick: () => remove(webhook).then(gone => { if (gone) go(to(['webhooks'])); }) }))));
}

export function webhookScreen(id) {
  let webhook = null, tab = '', delivery = '', params = {}, part = null, detail = null, keep = 0;
  const base = ['webhooks', id];
  const head = el('div');
  const tabs = el('nav.tabs', { 'aria-label': 'Parts of this webhook' }, TABS.map(([key, text]) => el('a.tab', { href: to(key === 'deliveries' ? base : [...base, key]) }, text)));
  const panel = el('div.split');
  const shell = el('div', head, tabs, panel);
  const box = el('div');
  const node = el('div.screen', el('a.crumb', { href: '#/webhooks' }, icon('back'), 'Webhooks'), box);
  const self = { node, title: 'Webhook' };
  const reload = () => load.run();

  function empty() {
    return el('div.empty', el('span.empty-mark', icon('send')), el('h2', 'No deliveries yet'),
      el('p', 'Events appear here as they are sent. A test sends a sample of each event that the webhook subscribes to.'),
      button('Send a test', { icon: 'send', onclick: () => test(webhook) }));
  }
  let drawn = '';
  function drawHead() {
    const { stats, health, ...rest } = webhook;
    const key = JSON.stringify([rest, health, stats.waiting, stats.skipped, stats.failed > 0]);
    if (key === drawn) return;
    drawn = key;
    const label = document.activeElement && head.contains(document.activeElement) ? document.activeElement.textContent : null;
    const act = [button('Test', { kind: 'primary', icon: 'send', title: 'Send a sample of each subscribed event', onclick: () => test(webhook) }),
      button('Edit', { icon: 'edit', onclick: () => openForm(webhook).then(reload) }), button('Rotate secret', { icon: 'key', onclick: () => rotate(webhook).then(reload) }),
      stats.failed > 0 && button('Redeliver failed', { icon: 'again', onclick: () => redeliverFailed(webhook).then(reload) })];
    replace(head, el('div.page-head.webhook-head', el('div.webhook-title', el('div', { class: 'title-row' },
      el('h1', { tabindex: -1 }, el('bdi', visible(webhook.name))), switchOf(webhook, reload)),
    el('p.page-sub', shortUrl(webhook.url, 72))), el('div.acts', act)), banner(webhook));
    if (label) [...head.querySelectorAll('button')].find(each => each.textContent === label)?.focus({ preventScroll: true });
  }
  function drawTabs() {
    TABS.forEach(([key], at) => key === tab ? tabs.children[at].setAttribute('aria-current', 'page') : tabs.children[at].removeAttribute('aria-current'));
  }
  function showPart() {
    const want = delivery ? 'deliveries' : tab;
    if (part?.tab !== want) {
      part?.destroy();
      detail?.destroy();
      detail = null;
      part = want === 'deliveries' ? createLog({ base: [...base, 'deliveries'], webhook: id, keep, empty }) : want === 'overview' ? createOverview(id)
        : { node: el('div'), show(next) { const key = JSON.stringify(next); if (key !== this.key) { this.key = key; replace(this.node, settings(next, reload)); } }, destroy() {} };
      part.tab = want;
      replace(panel, part.node);
    }
    part.show?.(webhook);
    part.update?.(params, delivery);
    panel.classList.toggle('has-detail', Boolean(delivery));
    if (delivery) {
      detail ||= createDetail({ back: () => to(base, pick(params)) });
      if (!detail.node.isConnected) panel.append(detail.node);
      detail.update(delivery);
    } else if (detail) {
      const was = detail.node.contains(document.activeElement);
      detail.destroy();
      detail.node.remove();
      detail = null;
      if (was || document.activeElement === document.body) (part.node.querySelector('tr.was-open .row-link, .row-link') || head.querySelector('h1'))?.focus();
    }
  }
  const load = loader(box, () => get(`/webhooks/${id}`), next => {
    webhook = next;
    nameIs(id, webhook.name);
    self.title = webhook.name;
    if (!shell.isConnected) replace(box, shell);
    drawHead();
    drawTabs();
    showPart();
    self.onTitle?.();
  }, { lines: 9, onError(error, has) {
    if (error.status !== 404) return false;
    part?.destroy();
    detail?.destroy();
    part = detail = null;
    end();
    replace(box, el('div.empty', icon('info'), el('h1', { tabindex: -1 }, 'This webhook is gone'),
      el('p', has ? 'It was deleted a moment ago, here or in another window.' : 'It was deleted, or the address is wrong.'), el('a.btn.primary', { href: '#/webhooks' }, 'All webhooks')));
    box.querySelector('h1').focus();
    return true;
  } });
  server().then(about => { keep = about.policy.logRows; }, () => {});
  const end = onChange(ids => { if (!ids || ids.includes(id)) load.run(); });

  return Object.assign(self, {
    update(route) {
      const [, , second, third] = route.parts;
      tab = TABS.some(([key]) => key === second) ? second : 'deliveries';
      delivery = tab === 'deliveries' && third || '';
      params = route.params;
      if (webhook) { drawTabs(); showPart(); } else load.run();
    },
    keys: { t: () => webhook && test(webhook), e: () => webhook && openForm(webhook).then(reload), r: () => detail?.redeliver() },
    destroy() { part?.destroy(); detail?.destroy(); load.stop(); end(); },
  });
}

