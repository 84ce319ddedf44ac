// Test: a sample of each subscribed event goes out; each line shows how it ended, as it ends.
import { el, replace, icon, say, visible } from './dom.js';
import { api, query } from './api.js';
import { openDialog, actions, errorText } from './dialog.js';
import { onChange } from './live.js';
import { duration, plural } from './time.js';
import { cause, nextStep, shortCause } from './words.js';
import { to } from './router.js';

const LOOK_MS = 1000;

function line(webhook, item) {
  const mark = el('span.test-mark.is-waiting', icon('clock'));
  const word = el('span.test-word.muted', 'Sent, waiting');
  const took = el('span.test-ms.muted');
  const name = el('code', item.event);
  const node = el('li.test-line', mark, name, word, took);
  return {
    node,
    done: null,
    end(row) {
      this.done = row;
      mark.className = `test-mark ${row.success ? 'is-ok' : 'is-fail'}`;
      replace(mark, icon(row.success ? 'check' : 'cross'));
      word.className = 'test-word';
      word.textContent = row.success ? `Accepted, ${row.statusCode}` : `Failed, ${shortCause(row)}`;
      took.textContent = duration(row.durationMs);
      replace(name, el('a', { href: to(['webhooks', webhook.id, 'deliveries', row.id]) }, item.event));
    },
  };
}

export async function test(webhook) {
  const head = el('p', { role: 'status' }, 'Sending a sample of each subscribed event …');
  const why = el('div.test-why', { hidden: true });
  const list = el('ul.test-list');
  const dialog = openDialog({ title: `Test ${webhook.name}`, size: 'wide' }, head, why, list);
  let lines = [];
  let sent = null;
  let timer = 0;

  function show() {
    const ended = lines.filter(each => each.done);
    const good = ended.filter(each => each.done.success);
    const bad = ended.find(each => !each.done.success)?.done;
    const left = lines.length - ended.length;
    head.textContent = left
      ? `${ended.length} of ${lines.length} answered …`
      : `${good.length} of ${lines.length} accepted.`;
    head.classList.toggle('is-ok', !left && !bad);
    why.hidden = !bad;
    if (bad)
      replace(
        why,
        icon('warn'),
        el(
          'div',
          el('p', cause(bad)),
          nextStep(bad) && el('p', nextStep(bad)),
          bad.response &&
            el('pre.code', { tabindex: 0, 'aria-label': 'Answer of the receiver' }, visible(bad.response.slice(0, 500))),
        ),
      );
    if (!left) say(head.textContent);
    return left;
  }

  async function look() {
    clearTimeout(timer);
    const mine = sent;
    if (!mine || !dialog.node.isConnected) return;
    try {
      const { data } = await api(
        'GET',
        `/webhooks/${webhook.id}/deliveries${query({ test: 'true', since: mine.since, limit: 100 })}`,
      );
      if (mine !== sent) return;
      for (const row of data) {
        const at = sent.events.findIndex(item => item.messageId === row.messageId);
        if (at >= 0 && !lines[at].done && row.state !== 'waiting') lines[at].end(row);
      }
      if (show()) timer = setTimeout(look, LOOK_MS);
    } catch (error) {
      head.textContent = errorText(error);
      timer = setTimeout(look, 3 * LOOK_MS);
    }
  }

  // One that is refused as the last still runs leaves that on the screen.
  async function send() {
    const { data } = await api('POST', `/webhooks/${webhook.id}/test`);
    why.hidden = true;
    head.classList.remove('is-ok');
    lines = data.events.map(item => line(webhook, item));
    replace(
      list,
      lines.map(each => each.node),
    );
    head.textContent = `${plural(lines.length, 'sample')} sent.`;
    sent = data;
    await look();
  }

  const { no, yes, submit } = actions(dialog, {
    verb: 'Test again',
    kind: '',
    icon: 'send',
    cancel: 'Close',
    run: send,
  });
  dialog.foot.append(no);
  list.addEventListener('click', event => {
    if (event.target.closest('a')) dialog.close();
  });
  yes.focus();
  const end = onChange(() => look());
  submit();
  await dialog.closed;
  clearTimeout(timer);
  end();
}
