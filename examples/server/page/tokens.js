// Tokens: made, shown once, revoked.
import { el, replace, button, icon, copyButton, toast, strong } from './dom.js';
import { api } from './api.js';
import { openDialog, actions } from './dialog.js';
import { field, select, summary } from './field.js';

const SCOPES = [
  ['full', 'full: everything'],
  ['read', 'read: look, change nothing'],
  ['emit', 'emit: post events, nothing else'],
];

export function newToken(done) {
  const name = field({
    label: 'Name',
    name: 'name',
    placeholder: 'Grafana',
    maxlength: 100,
    hint: 'What uses it, so that it can be revoked.',
  });
  let scope = 'read';
  const wrong = summary([name]);
  const form = el(
    'form',
    { id: 'token-form', novalidate: true },
    wrong.node,
    name.node,
    select({
      label: 'Scope',
      name: 'scope',
      value: scope,
      options: SCOPES,
      onchange: value => {
        scope = value;
      },
    }),
  );
  const dialog = openDialog({ title: 'New token' }, form);
  actions(dialog, {
    form,
    verb: 'Make token',
    showError: error => wrong.show(error.fields),
    async run() {
      wrong.clear();
      if (!name.input.value.trim()) {
        wrong.show([{ field: 'name', message: 'Give it a name.' }]);
        return;
      }
      const { data } = await api('POST', '/tokens', { body: { scope, name: name.input.value.trim() } });
      const shown = dialog.node.isConnected ? dialog : openDialog({ title: '' }); // it was closed meanwhile
      const value = el('input.input.secret-value', { readonly: true, value: data.token, 'aria-label': 'Token' });
      replace(shown.heading, 'Token made');
      replace(
        shown.body,
        el('p', 'It is shown only now.'),
        el('div.secret-row', value, copyButton(data.token, 'the token')),
      );
      replace(shown.foot, button('I saved it', { icon: 'check', onclick: () => shown.close(true) }));
      shown.closed.then(done);
      value.focus();
      value.select();
    },
  });
  name.focus();
}

export function revoke(token, done) {
  const dialog = openDialog(
    { title: 'Revoke token' },
    el('p', 'What uses ', strong(token.name), ' is refused from now on.'),
    token.current &&
      el('p.note', icon('warn'), el('span', 'This page uses it: you will have to sign in with another one.')),
  );
  const { no } = actions(dialog, {
    verb: 'Revoke token',
    kind: 'danger',
    async run() {
      await api('DELETE', `/tokens/${token.id}`);
      dialog.close(true);
      toast(`Revoked ${token.name}`);
      done();
    },
  });
  no.focus();
}
