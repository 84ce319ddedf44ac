// The token: from the link's fragment, kept for this tab, asked of other tabs, given to them.
import { request } from './api.js';

const KEY = 'akolhook-token';
const channel = new BroadcastChannel('akolhook-session');
const waiting = new Set();
let token = sessionStorage.getItem(KEY) || '';

export const getToken = () => token;
export const LOOKS = /^aks_[A-Za-z0-9_-]{20,}$/;

function keep(value) {
  token = value;
  if (value) sessionStorage.setItem(KEY, value);
  else sessionStorage.removeItem(KEY);
}

export function setToken(value) {
  keep(value);
  channel.postMessage({ kind: 'token', token: value });
  for (const listener of waiting) listener(value);
}
export function signOut() {
  keep('');
  channel.postMessage({ kind: 'out' });
  for (const listener of waiting) listener('');
}
export function onToken(listener) {
  waiting.add(listener);
  return () => waiting.delete(listener);
}

channel.onmessage = ({ data }) => {
  if (data.kind === 'ask' && token) channel.postMessage({ kind: 'token', token });
  if (data.kind === 'token' && data.token && data.token !== token) {
    keep(data.token);
    for (const listener of waiting) listener(token);
  }
  if (data.kind === 'out' && token) {
    keep('');
    for (const listener of waiting) listener('');
  }
};

// Whether the server knows this token: 2, or may know it: 1, as it did not say. 429: too many were tried that it does not know.
async function known(value) {
  const answer = await request('GET', '/event-types', { token: value }).catch(() => null);
  const status = answer?.status;
  return status === 401 || status === 429 ? 0 : status === 200 || status === 403 ? 2 : 1;
}

// At load: #token=... is taken and leaves the address at once; a tab without one asks the others. Anybody can make such a
// link, so one that does not sign in leaves the tokens of all tabs as they are.
export async function takeToken() {
  const found = /^#token=([^&]*)/.exec(location.hash)?.[1];
  let sure = 0;
  if (found !== undefined) {
    history.replaceState(null, '', location.pathname);
    sure = LOOKS.test(found) && (await known(found));
    if (sure > 1) setToken(found);
  }
  if (token) return undefined;
  channel.postMessage({ kind: 'ask' });
  return new Promise(resolve => {
    const end = onToken(() => {
      end();
      resolve();
    });
    setTimeout(() => {
      if (sure && !token) setToken(found);
      end();
      resolve();
    }, 250);
  });
}
