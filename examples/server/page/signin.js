// Signing in, as a dialog over whatever is there: the view and the unsent form stay.
import { el } from './dom.js';
import { request, forget } from './api.js';
import { openDialog, actions } from './dialog.js';
import { field } from './field.js';
import { setToken, onToken, getToken, LOOKS } from './session.js';

let open = null;

// One dialog however many calls ask for it. Fails when the person leaves it.
export function signIn() {
  return (open ||= ask().finally(() => {
    open = null;
  }));
}

async function ask() {
  const expired = Boolean(getToken());
  const token = field({
    label: 'Token',
    name: 'token',
    type: 'password',
    autocomplete: 'current-password',
    placeholder: 'aks_…',
    hint: 'The server prints a link with it at its first start.',
  });
  const form = el(
    'form',
    { id: 'sign-in', novalidate: true },
    el(
      'p',
      expired
        ? 'The token of this page has expired or was revoked. Sign in again: nothing on the page is lost.'
        : 'Paste a token to see the webhooks of this server.',
    ),
    token.node,
    el(
      'details.more',
      el('summary', 'No token at hand?'),
      el('p', 'Make one on the machine of the server:'),
      el('pre.code', { tabindex: 0 }, 'akolhook-server token new --scope full'),
    ),
  );
  const dialog = openDialog({ title: expired ? 'Sign in again' : 'Sign in' }, form);
  let signed = false;
  actions(dialog, {
    form,
    verb: 'Sign in',
    cancel: 'Not now',
    async run() {
      const value = token.input.value.trim();
      token.setError('');
      if (!LOOKS.test(value)) {
        token.setError(value ? 'A token begins with aks_ and has 47 characters.' : 'Paste the token.');
        token.focus();
        return;
      }
      const answer = await request('GET', '/event-types', { token: value }).catch(() => null);
      if (!answer) throw new Error('The server does not answer. Is it running?');
      if (answer.status === 401) {
        token.setError('The server does not know this token, or no longer.');
        token.focus();
        return;
      }
      if (!answer.ok && answer.status !== 403)
        throw new Error(`The server answered ${answer.status}. Try again in a moment.`);
      signed = true;
      forget();
      setToken(value);
      dialog.close();
    },
  });
  token.focus();
  const end = onToken(value => {
    if (value && !signed) {
      signed = true;
      dialog.close();
    }
  }); // another tab did
  await dialog.closed;
  end();
  if (!signed)
    throw Object.assign(new Error('This page is not signed in.'), { status: 401, signedOut: true, fields: [] });
}
