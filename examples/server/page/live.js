// What changes, as it changes. One tab of the browser holds the stream (Web Locks) and tells the others (BroadcastChannel);
// where there is no stream it polls. A change says "look again", never what changed.
import { follow } from './stream.js';
import { getToken, onToken } from './session.js';

const HIDDEN_MS = 60000;
const POLL_MS = 5000;
const MAX_WAIT_MS = 30000;
const channel = new BroadcastChannel('akolhook-live');
const changed = new Set();
const seen = new Set();
let state = { name: 'connecting', until: 0 }; // connecting live polling offline; until: when it tries again
let paused = false;
let leading = false;
let stop = null;
let wake = null;
let hiding = 0;
let out = new AbortController(); // what is followed ends when the token goes
let missed = false; // something changed while it was hidden

export const onChange = listener => {
  changed.add(listener);
  return () => changed.delete(listener);
};
export const onState = listener => {
  seen.add(listener);
  listener(liveState());
};
export const liveState = () => (paused ? { name: 'paused', until: 0 } : state);

const tell = () => {
  for (const listener of seen) listener(liveState());
};
function setState(name, until = 0) {
  state = { name, until };
  if (leading) channel.postMessage({ kind: 'state', state });
  tell();
}
// webhooks: ids, or null for "anything may have changed". A tab that nobody looks at looks again when it is seen.
function hear(webhooks) {
  missed ||= document.hidden;
  if (!paused && !document.hidden) for (const listener of changed) listener(webhooks);
}
function spread(webhooks) {
  channel.postMessage({ kind: 'change', webhooks });
  hear(webhooks);
}

export function setPaused(on) {
  paused = on;
  tell();
  if (!on) hear(null);
}
export function retryNow() {
  if (wake) wake();
  else channel.postMessage({ kind: 'retry' });
}

channel.onmessage = ({ data }) => {
  if (data.kind === 'change') hear(data.webhooks);
  if (data.kind === 'state' && !leading) {
    state = data.state;
    tell();
  }
  if (data.kind === 'hello' && leading) channel.postMessage({ kind: 'state', state });
  if (data.kind === 'retry' && wake) wake();
};

const sleep = (ms, signal) =>
  new Promise(resolve => {
    const timer = setTimeout(end, ms);
    function end() {
      clearTimeout(timer);
      wake = null;
      resolve();
    }
    wake = end;
    signal.addEventListener('abort', end, { once: true });
  });

async function poll(signal, ms) {
  setState('polling');
  const end = Date.now() + ms;
  while (!signal.aborted && Date.now() < end) {
    await sleep(POLL_MS, signal);
    if (!signal.aborted) spread(null);
  }
}

const signedIn = signal =>
  new Promise(resolve => {
    const done = () => {
      end();
      resolve();
    };
    const end = onToken(token => token && done());
    signal.addEventListener('abort', done, { once: true });
  });

onToken(token => {
  if (token) return;
  out.abort();
  out = new AbortController();
});

async function lead(end) {
  let wait = 0;
  leading = true;
  while (!end.aborted) {
    const signal = AbortSignal.any([end, out.signal]);
    if (!getToken()) {
      setState('connecting');
      await signedIn(end);
      continue;
    }
    const token = getToken();
    const { status, after } = await follow(
      signal,
      () => {
        wait = 0;
        setState('live');
        spread(null);
      },
      spread,
    );
    if (signal.aborted) continue;

    if (status === 401) {
      if (getToken() !== token) continue;
      setState('connecting');
      spread(null); // what looks now asks to sign in
      await signedIn(end);
    } else if (status)
      await poll(signal, Math.max(after * 1000, MAX_WAIT_MS)); // too many streams, or none
    else {
      wait = Math.min(wait ? wait * 2 : 1000, MAX_WAIT_MS);
      const ms = Math.round(wait * (0.75 + Math.random() / 2));
      setState('offline', Date.now() + ms);
      await sleep(ms, signal);
    }
  }
  leading = false;
}

function begin() {
  if (stop) return;
  stop = new AbortController();
  const { signal } = stop;
  channel.postMessage({ kind: 'hello' });
  if (!navigator.locks) {
    lead(signal);
    return;
  }
  navigator.locks.request('akolhook-stream', { signal }, () => lead(signal)).catch(() => {});
}
function end() {
  if (stop) stop.abort();
  stop = null;
}

// A tab that nobody looks at gives the stream up after a minute.
export function start() {
  begin();
  document.addEventListener('visibilitychange', () => {
    clearTimeout(hiding);
    if (document.hidden) {
      hiding = setTimeout(end, HIDDEN_MS);
      return;
    }
    if (missed || !stop) hear(null);
    missed = false;
    begin();
  });
}
