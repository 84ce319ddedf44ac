// Shortcuts of one letter: off inside fields and dialogs, and switched off for good in the settings.
import { el, button } from './dom.js';
import { openDialog, topDialog } from './dialog.js';
import { go } from './router.js';

const KEY = 'akolhook-keys';
export const shortcutsOn = () => localStorage.getItem(KEY) !== 'off';
export const setShortcuts = on => localStorage.setItem(KEY, on ? 'on' : 'off');

const LIST = [
  ['/', 'Search or filter'],
  ['n', 'Create a webhook (in the list)'],
  ['j', 'Next row'],
  ['k', 'Row before'],
  ['Enter', 'Open the row'],
  ['t', 'Test this webhook'],
  ['e', 'Edit this webhook'],
  ['r', 'Redeliver the open delivery'],
  ['g', 'Back to the webhooks'],
  ['Esc', 'Close the top dialog, or the open delivery'],
  ['?', 'This list'],
];

export function showKeys() {
  const dialog = openDialog(
    { title: 'Keyboard' },
    el(
      'dl.keys',
      LIST.map(([key, text]) => [el('dt', el('kbd', key)), el('dd', text)]),
    ),
    el('p.hint', 'Everything can be reached by Tab as well. Letters can be switched off in the settings.'),
  );
  const done = button('Close', { onclick: () => dialog.close() });
  dialog.foot.append(done);
  done.focus();
}

function move(step) {
  const links = [...document.querySelectorAll('main .row-link')].filter(link => link.offsetParent);
  if (!links.length) return;
  const at = links.indexOf(document.activeElement);
  const next = links[at < 0 ? (step > 0 ? 0 : links.length - 1) : Math.min(Math.max(at + step, 0), links.length - 1)];
  next.focus();
  next.scrollIntoView({ block: 'nearest' });
}

// own: the shortcuts of the screen that is shown.
export function startKeys(own) {
  const common = {
    j: () => move(1),
    k: () => move(-1),
    g: () => go('#/webhooks'),
    '?': showKeys,
    '/': () => {
      const box = [...document.querySelectorAll('main [data-search]')].pop();
      const around = box?.closest('details');
      if (around) around.open = true;
      box?.focus();
    },
  };
  document.addEventListener('keydown', event => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || topDialog()) return;
    if (event.target.closest?.('input, select, textarea, [contenteditable]')) return;
    if (event.key === 'Escape') {
      const close = document.querySelector('.detail-x');
      if (close) {
        event.preventDefault();
        close.click();
      }
      return;
    }
    const run = shortcutsOn() && { ...common, ...own() }[event.key];
    if (!run) return;
    event.preventDefault();
    run();
  });
}
