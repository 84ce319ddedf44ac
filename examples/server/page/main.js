// Starts the page: token, frame, routes, the live connection.
import { el, replace, icon, button, say, flag } from './dom.js';
import { setSignIn, server, forget, onReach } from './api.js';
import { takeToken, onToken, getToken } from './session.js';
import { signIn } from './signin.js';
import { onRoute, parse, changed } from './router.js';
import { start, onState, setPaused, liveState, retryNow } from './live.js';
import { listScreen } from './list.js';
import { webhookScreen } from './webhook.js';
import { deliveriesScreen } from './all.js';
import { settingsScreen, applyTheme } from './admin.js';
import { startKeys } from './keys.js';
import { isUtc, setUtc, onZone, zone, span } from './time.js';

const main = document.getElementById('main');
let screen = null;
let key = '';
let first = true;

// ---- routes ----

const SCREENS = {
  webhooks: route =>
    route.parts[1] ? [`webhook ${route.parts[1]}`, () => webhookScreen(route.parts[1])] : ['webhooks', listScreen],
  deliveries: () => ['deliveries', deliveriesScreen],
  settings: () => ['settings', settingsScreen],
};

function title() {
  const name = `${screen.title} · Akol webhooks`;
  if (document.title !== name) document.title = name;
}

function show(route) {
  if (!Object.hasOwn(SCREENS, route.parts[0])) route = { parts: ['webhooks'], params: {} };
  const [name] = route.parts;
  const [want, make] = SCREENS[name](route);
  const fresh = want !== key;
  if (fresh) {
    screen?.destroy();
    key = want;
    screen = make();
    screen.onTitle = title;
    replace(main, screen.node);
    scrollTo(0, 0);
  }
  screen.update(route);
  title();
  for (const link of document.querySelectorAll('.nav a')) flag(link, 'aria-current', link.hash === `#/${name}`, 'page');
  if (fresh && !first) {
    (main.querySelector('h1') || main).focus({ preventScroll: true });
    say(screen.title);
  }
  first = false;
}
function again() {
  key = '';
  show(parse());
}

// ---- the frame: live state, zone, what the server allows ----

const WORDS = { connecting: 'Connecting', live: 'Live', polling: 'Every 5 s', offline: 'Offline', paused: 'Paused' };

function frame() {
  const live = el('button', {
    type: 'button',
    class: 'live',
    on: { click: () => setPaused(liveState().name !== 'paused') },
  });
  const clock = button('', { kind: 'plain zone', label: 'Times', onclick: () => setUtc(!isUtc()) });
  const policy = el('span');
  const bar = document.getElementById('bar');
  replace(document.getElementById('top-end'), policy, live, clock);

  const drawZone = () => {
    replace(clock, icon('clock'), el('span', isUtc() ? 'UTC' : 'Local'));
    clock.setAttribute('aria-label', isUtc() ? 'UTC times: show local ones' : `Local times (${zone()}): show UTC`);
    clock.title = clock.getAttribute('aria-label');
  };
  onZone(drawZone);
  drawZone();

  let timer = 0;
  let was = '';
  const text = el('span');
  const bad = el(
    'div.offline',
    { hidden: true },
    icon('warn'),
    text,
    button('Retry now', { kind: 'small', onclick: retryNow }),
  );
  bar.append(bad);
  onState(({ name, until }) => {
    live.className = `live live-${name}`;
    replace(
      live,
      el('span.live-dot', { 'aria-hidden': 'true' }, name === 'paused' ? icon('play') : null),
      el('span', WORDS[name]),
    );
    live.setAttribute(
      'aria-label',
      name === 'paused' ? 'Live updates paused: go on' : `Live updates: ${WORDS[name].toLowerCase()}. Pause`,
    );
    live.title = name === 'paused' ? 'Go on' : 'Pause live updates';
    clearInterval(timer);
    bad.hidden = name !== 'offline';
    if (name === 'offline') {
      const draw = () => {
        text.textContent = `Live paused: the server does not answer. Retrying ${until > Date.now() ? `in ${span(until - Date.now())}` : 'now'}. What is shown may be old.`;
      };
      draw();
      timer = setInterval(draw, 1000);
      if (was !== 'offline') say('The server does not answer. What is shown may be old.', true);
    } else if (was === 'offline' && name === 'live') say('The server answers again.');
    was = name;
  });
  onReach(there => {
    if (there && liveState().name === 'offline') retryNow();
  });

  const drawPolicy = () =>
    server().then(
      ({ policy: { allowHttp, allowCidr } }) => {
        const open = [allowHttp && 'http', allowCidr.length && 'private networks'].filter(Boolean).join(' and ');
        replace(
          policy,
          open &&
            el(
              'a.pill.pill-warn.policy',
              { href: '#/settings', title: `This server also allows ${open}: for a laboratory, not for the world` },
              icon('warn'),
              el('span', 'Open policy'),
            ),
        );
      },
      () => {},
    );
  return drawPolicy;
}

// ---- start ----

async function run() {
  applyTheme();
  setSignIn(signIn);
  await takeToken();
  onRoute(show);
  const drawPolicy = frame();
  startKeys(() => screen?.keys || {});
  const skip = document.getElementById('skip');
  skip.addEventListener('click', event => {
    event.preventDefault();
    (main.querySelector('h1') || main).focus();
  });
  onToken(token => {
    forget();
    if (!token) {
      again();
      return;
    }
    drawPolicy();
  });
  show(parse());
  if (getToken()) drawPolicy();
  start();
}

// a link with another token, opened in a tab that is here already
addEventListener('hashchange', () => {
  if (location.hash.startsWith('#token='))
    takeToken().then(() => {
      changed();
      again();
    });
});
run();
