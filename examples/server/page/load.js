// What every view of the server's data does: nothing for 200 ms, then a skeleton; an error with a way on; old data stays.
import { el, replace, icon, button } from './dom.js';

const PATIENCE_MS = 200;

function skeleton(lines = 6) {
  return el(
    'div.skeleton',
    { 'aria-hidden': 'true' },
    Array.from({ length: lines }, () => el('div.skeleton-line')),
  );
}

function errorBox(error, again) {
  const title =
    {
      0: 'The server does not answer',
      401: 'Not signed in',
      403: 'This token may not see this',
      404: 'Not found',
      429: 'Too many requests',
      503: 'The server is busy',
    }[error.status] || 'That did not work';
  const text =
    error.status === 0
      ? 'Is it running? The page goes on by itself when it is back.'
      : error.status === 403
        ? 'Sign in with a token of a wider scope: read to look, full to change.'
        : error.message;
  return el(
    'div.empty.empty-error',
    { role: 'group', 'aria-label': 'Error' },
    icon('warn'),
    el('h2', { tabindex: -1 }, title),
    el('p', text),
    error.requestId && el('p.muted', 'Request ', el('code', error.requestId)),
    again &&
      button(error.status === 401 ? 'Sign in' : 'Try again', {
        icon: error.status === 401 ? 'key' : 'again',
        onclick: again,
      }),
  );
}

// box: where it is shown. read() gives the data, show(data) draws it. Later runs keep what is there until there is more.
// retry() runs it again where the server did not answer; after stop() nothing is read any more, whoever still asks.
export function loader(box, read, show, { lines, onError } = {}) {
  let turn = 0;
  let has = false;
  let away = false; // it says that the server does not answer
  let over = false;
  async function run() {
    if (over) return;
    const mine = ++turn;
    const timer = has
      ? 0
      : setTimeout(() => {
          if (!has && mine === turn) {
            replace(box, skeleton(lines));
            box.setAttribute('aria-busy', 'true');
          }
        }, PATIENCE_MS);
    try {
      const data = await read();
      if (mine !== turn) return;
      has = true;
      away = false;
      show(data);
    } catch (error) {
      if (mine !== turn || error.name === 'AbortError') return;
      if (onError && onError(error, has)) return;
      away = !has && error.status === 0;
      if (!has) replace(box, errorBox(error, run));
    } finally {
      clearTimeout(timer);
      if (mine === turn) box.removeAttribute('aria-busy');
    }
  }
  return {
    run,
    retry() {
      if (away) run();
    },
    reset() {
      has = away = false;
      turn++;
    },
    stop() {
      over = true;
      turn++;
    },
  };
}
