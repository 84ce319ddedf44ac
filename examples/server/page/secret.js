// The secret, shown once: copy it, take a receiver that has it filled in, say that it is saved. And rotating it.
import { el, button, copy, replace, icon, say, unique, toast, strong } from './dom.js';
import { api } from './api.js';
import { openDialog, actions } from './dialog.js';
import { LANGUAGES } from './snippets.js';
import { plural } from './time.js';

const HINT = 'Keep it like a password. It signs every delivery of this webhook.';

function tabs(label, list) {
  const box = el('div.tabs', { role: 'tablist', 'aria-label': label });
  const panel = el('div.tab-panel', { role: 'tabpanel', id: unique('panel') });
  const nodes = list.map(([key, text], at) =>
    el(
      'button',
      {
        type: 'button',
        role: 'tab',
        class: 'tab',
        id: unique(`tab-${key}`),
        'aria-controls': panel.id,
        on: {
          click: () => choose(at),
          keydown: event => {
            const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
            if (!step) return;
            event.preventDefault();
            choose((at + step + list.length) % list.length).focus();
          },
        },
      },
      text,
    ),
  );
  function choose(at) {
    nodes.forEach((node, n) => {
      node.setAttribute('aria-selected', String(n === at));
      node.tabIndex = n === at ? 0 : -1;
    });
    panel.setAttribute('aria-labelledby', nodes[at].id);
    list[at][2](panel);
    return nodes[at];
  }
  choose(0);
  box.append(...nodes);
  return el('div', box, panel);
}

function fillSecret(dialog, { webhook, secret, url, isNew }, done) {
  let saved = false;
  let warned = false;
  const value = el('input.input.secret-value', {
    readonly: true,
    value: secret,
    'aria-label': 'Secret',
    spellcheck: 'false',
    on: { focus: () => value.select() },
  });
  const note = el('p.hint.secret-note', HINT);
  const copier = button('Copy', { kind: 'primary', icon: 'copy' });
  const warn = text => {
    replace(note, icon('warn'), el('span', text));
    note.classList.add('is-warn');
    say(text, true);
  };

  copier.addEventListener('click', async () => {
    if (await copy(secret)) {
      saved = true;
      replace(note, HINT);
      note.classList.remove('is-warn');
      replace(copier, icon('check'), el('span', 'Copied'));
      say('Copied the secret');
    } else {
      value.focus();
      value.select();
      warn('The browser did not allow copying. The secret is selected: press Ctrl+C or ⌘C.');
    }
  });

  const snippets = tabs(
    'Receivers with this secret',
    LANGUAGES.map(([key, name, text]) => [
      key,
      name,
      panel => {
        const code = text(secret, url || webhook.url);
        const take = button('Copy', { icon: 'copy', label: `Copy the ${name} code` });
        take.addEventListener('click', async () => {
          const ok = await copy(code);
          if (ok) saved = true;
          replace(take, icon(ok ? 'check' : 'cross'), el('span', ok ? 'Copied' : 'Not allowed'));
          say(ok ? `Copied the ${name} code` : 'The browser did not allow copying', !ok);
        });
        replace(
          panel,
          el('div.code-wrap', take, el('pre.code.snippet', { tabindex: 0, 'aria-label': `${name} code` }, code)),
        );
      },
    ]),
  );

  replace(dialog.heading, isNew ? 'Webhook created' : 'New secret');
  replace(
    dialog.body,
    el(
      'p',
      isNew ? [strong(webhook.name), ' is active. '] : 'The old secret signs nothing any more. ',
      'This is its secret, shown only now.',
    ),
    el('div.secret-row', value, copier),
    note,
    el('h3', 'A receiver that has it'),
    snippets,
  );
  replace(
    dialog.foot,
    button('I saved it', {
      icon: 'check',
      onclick: () => {
        saved = true;
        done();
      },
    }),
  );
  // a reload would lose it as well
  const leaving = event => saved || event.preventDefault();
  addEventListener('beforeunload', leaving);
  dialog.closed.then(() => removeEventListener('beforeunload', leaving));
  copier.focus();
  return () => {
    if (saved || warned) return true;
    warned = true;
    warn('Not copied yet. The secret cannot be shown again: copy it first, or close once more to go without it.');
    copier.focus();
    return false;
  };
}

export function showSecret(what) {
  let mayClose = () => true;
  const dialog = openDialog({ title: 'Secret', size: 'wide', onCancel: () => mayClose() });
  mayClose = fillSecret(dialog, what, () => dialog.close());
  return dialog.closed;
}

// Says what stops, rotates, and shows the new secret in the same dialog.
export function rotate(webhook) {
  let mayClose = () => true;
  const waiting = webhook.stats?.waiting || 0;
  const dialog = openDialog(
    { title: 'Rotate secret', onCancel: () => mayClose() },
    el('p', 'A new secret is made for ', strong(webhook.name), '. The old one stops working at once.'),
    el(
      'ul.points',
      el('li', 'Until your receiver has the new secret it refuses every delivery. Those are tried again later.'),
      el(
        'li',
        waiting
          ? `${plural(waiting, 'delivery', 'deliveries')} ${waiting === 1 ? 'waits' : 'wait'} and will be signed with the new secret, retries included.`
          : 'No delivery waits at the moment.',
      ),
      el('li', 'Receivers that take two secrets need no pause: add the new one there, then drop the old one.'),
    ),
  );
  const { no } = actions(dialog, {
    verb: 'Rotate secret',
    kind: 'danger',
    icon: 'key',
    async run() {
      const { data } = await api('POST', `/webhooks/${webhook.id}/rotate-secret`);
      const what = { webhook, secret: data.secret, isNew: false };
      toast('Secret rotated');
      if (!dialog.node.isConnected) {
        await showSecret(what); // it was closed meanwhile, but the old secret is gone
        return;
      }
      dialog.node.classList.add('wide');
      mayClose = fillSecret(dialog, what, () => dialog.close());
    },
  });
  no.focus();
  return dialog.closed;
}
