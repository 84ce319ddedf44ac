// One delivery: what became of it and what to do, each attempt with its answer, the request with its body.
import { el, replace, button, busy, isBusy, icon, copyButton, toast, visible, facts, empty } from './dom.js';
import { api, get } from './api.js';
import { errorText } from './dialog.js';
import { loader } from './load.js';
import { onChange } from './live.js';
import { go } from './router.js';
import { time, exact, due, plural } from './time.js';
import { statePill, cause, nextStep } from './words.js';
import { codeView } from './code.js';
import { attempt } from './attempt.js';

const id = (text, what) => el('span.id', el('code', text), copyButton(text, what));

function request({ request: sent }) {
  return el(
    'section.part',
    el('h3', 'Request'),
    el('p', el('code', `${sent.method} ${visible(sent.url)}`)),
    el(
      'details.more',
      el('summary', plural(sent.headers.length, 'header')),
      el(
        'dl.headers',
        sent.headers.map(([name, value]) => [el('dt', visible(name)), el('dd', visible(value))]),
      ),
      el('p.muted.small', 'Signatures of past attempts are not kept.'),
    ),
    sent.bodyAvailable
      ? codeView(sent.body || '', 'Body', 'the body')
      : el('p.note', icon('info'), el('span', 'The body is no longer kept, so this delivery cannot be sent again.')),
  );
}

function summary({ state, attempts, nextAttemptAt }) {
  if (state === 'waiting') return ['Next attempt ', nextAttemptAt ? time(nextAttemptAt, due) : 'soon'];
  if (!attempts.length) return '';
  return [
    `after ${plural(attempts.filter(row => row.attempt).length, 'attempt')}, `,
    time(attempts[attempts.length - 1].timestamp),
  ];
}

// back: where closing it leads; gives {node, update, destroy}.
export function createDetail({ back }) {
  const box = el('div.detail-box');
  const node = el('aside.detail', { 'aria-label': 'Delivery' }, box);
  let current = '';
  let known = null;
  let drawn = '';
  let focus = false;

  // An action says at its place what came of it; what the server refuses (409) says why and until when.
  function action(text, name, verb, done, off) {
    const note = el('p.action-note', { role: 'status' });
    const press = button(text, { icon: name });
    if (off) press.setAttribute('aria-disabled', 'true');
    press.addEventListener('click', async () => {
      if (isBusy(press)) {
        note.textContent = off || '';
        return;
      }
      busy(press, true);
      try {
        const { data } = await api('POST', `/deliveries/${current}/${verb}`);
        toast(done(data));
        load.run();
      } catch (error) {
        const next = error.data?.nextAttemptAt;
        note.textContent =
          error.status === 409 && next ? `It still waits: next try ${due(next)}. Use Send now.` : errorText(error);
      } finally {
        busy(press, false);
      }
    });
    return [press, note];
  }

  function actions(delivery) {
    if (delivery.state === 'waiting') {
      return [
        action('Send now', 'send', 'send-now', () => 'On its way'),
        action('Cancel', 'stop', 'cancel', () => 'Cancelled: it is not tried again'),
      ];
    }
    const off = delivery.isTest || delivery.request.bodyAvailable ? '' : 'The body is no longer kept.';
    const done = () => 'Sent again, as a delivery of its own with the same message id';
    return [action('Redeliver', 'again', 'redeliver', done, off)];
  }

  // Draws it where something of it changed: what is selected or open in it stays.
  function show(delivery) {
    const key = JSON.stringify(delivery, (name, value) => (name === 'nextAttemptAt' ? undefined : value));
    if (known && key === drawn) return;
    known = delivery;
    drawn = key;
    const { attempts } = delivery;
    const last = attempts[attempts.length - 1];
    const step = last && nextStep(last);
    const open = new Set(
      [...box.querySelectorAll('.attempt')].map((li, at) => (li.querySelector('details').open ? at : -1)),
    );
    const had = box.querySelectorAll('.attempt').length;
    const inner = box.contains(document.activeElement);
    const buttons = actions(delivery);
    replace(
      box,
      el(
        'div.detail-head',
        button('', { kind: 'plain detail-x', icon: 'cross', label: 'Close the delivery', onclick: () => go(back()) }),
        el('h2', { tabindex: -1 }, el('code', delivery.event), delivery.isTest && el('span.tag', 'Test')),
        el('p.detail-state', statePill(delivery.state), el('span', summary(delivery))),
      ),
      el(
        'div.detail-actions',
        buttons.map(([press]) => press),
      ),
      buttons.map(([, note]) => note),
      last &&
        !last.success &&
        el(
          'div',
          {
            class: `why why-${delivery.state === 'waiting' ? 'warn' : delivery.state === 'cancelled' ? 'none' : 'fail'}`,
          },
          icon('warn'),
          el('div', el('p', cause(last)), step && el('p', step)),
        ),
      el(
        'section.part',
        el('h3', attempts.length === 1 ? 'Attempt' : 'Attempts'),
        attempts.length
          ? el(
              'ol.attempts',
              attempts.map((row, at) => attempt(row, had ? open.has(at) || at >= had : at === attempts.length - 1)),
            )
          : el('p.muted', 'None yet.'),
      ),
      request(delivery),
      el(
        'section.part',
        el('h3', 'Ids'),
        facts(
          ['Delivery', id(delivery.id, 'the delivery id')],
          ['Message', id(delivery.messageId, 'the message id')],
          ['Webhook', id(delivery.webhookId, 'the webhook id')],
          delivery.createdAt && ['Created', exact(delivery.createdAt)],
        ),
      ),
    );
    if (focus || inner) box.querySelector('h2').focus({ preventScroll: !focus });
    focus = false;
  }
  const load = loader(box, () => get(`/deliveries/${current}`), show, {
    lines: 5,
    onError(error, has) {
      if (error.status !== 404 || has) return false;
      replace(
        box,
        empty(
          'info',
          'This delivery is gone',
          el('p', 'Its row of the log gave way to newer ones, or its webhook was deleted.'),
          button('Back to the log', { icon: 'back', onclick: () => go(back()) }),
        ),
      );
      return true;
    },
  });

  const end = onChange(ids => {
    if (!known) load.retry();
    else if (!ids || ids.includes(known.webhookId)) load.run();
  });
  return {
    node,
    update(next) {
      if (next === current) return;
      current = next;
      known = null;
      focus = true;
      load.reset();
      box.replaceChildren();
      load.run();
    },
    redeliver: () => box.querySelector('.detail-actions .btn')?.click(),
    destroy() {
      load.stop();
      end();
    },
  };
}
