// Native modal dialogs: focus, inert background and Esc are the browser's. Focus returns to where it came from.
import { el, add, button, unique, icon, busy, isBusy, visible } from './dom.js';

export const topDialog = () => [...document.querySelectorAll('dialog[open]')].pop() || null;

// Where focus goes when the element that had it is gone.
function focusHeading() {
  const open = topDialog();
  (open || document).querySelector('h1, h2')?.focus();
}

// Opens one: title, children; onCancel may return false to keep it open on Esc. Gives {node, body, foot, close, closed}.
export function openDialog({ title, size = '', onCancel }, ...children) {
  const id = unique('dialog');
  const opener = document.activeElement;
  const heading = el('h2', { id, tabindex: -1 }, visible(title));
  const body = el('div.dialog-body', children);
  const foot = el('div.dialog-foot');
  const shut = button('', { kind: 'plain', icon: 'cross', label: 'Close', onclick: () => cancel() });
  const node = el(
    'dialog',
    { class: `dialog ${size}`.trim(), 'aria-labelledby': id },
    el('div.dialog-in', el('div.dialog-head', heading, shut), body, foot),
  );

  let done;
  const closed = new Promise(resolve => {
    done = resolve;
  });
  function close(value) {
    if (!node.isConnected) return;
    node.close();
    node.remove();
    if (opener && opener.isConnected && opener !== document.body) opener.focus({ preventScroll: true });
    if (document.activeElement === document.body) focusHeading();
    done(value);
  }
  function cancel() {
    if (onCancel && onCancel() === false) return;
    close();
  }
  node.addEventListener('cancel', event => {
    event.preventDefault();
    cancel();
  });
  node.addEventListener('close', () => close()); // the browser may close it on a second Esc
  document.body.append(node);
  node.showModal();
  return { node, heading, body, foot, close, closed, cancel };
}

// The foot: Cancel, then the one verb, of the form where there is one. run() may throw; its error stands above the foot, the
// form is kept.
export function actions(dialog, { verb, kind = 'primary', icon: name, cancel = 'Cancel', form, run, showError }) {
  const problem = el('div.problem', { tabindex: -1, hidden: true });
  const no = button(cancel, { onclick: () => dialog.cancel() });
  const yes = button(verb, { kind, icon: name, type: 'submit' });
  async function submit(event) {
    event?.preventDefault();
    if (isBusy(yes)) return;
    busy(yes, true);
    problem.hidden = true;
    try {
      await run();
    } catch (error) {
      if (showError && showError(error)) return;
      problem.replaceChildren(icon('warn'), el('span', errorText(error)));
      problem.hidden = false;
      problem.focus();
    } finally {
      busy(yes, false);
    }
  }
  if (form) yes.setAttribute('form', form.id);
  (form || yes).addEventListener(form ? 'submit' : 'click', submit);
  dialog.body.append(problem);
  add(dialog.foot, no, yes);
  return { no, yes, submit };
}

export function errorText(error) {
  let text = error.message;
  if (error.retryAfter) text += ` Try again in ${error.retryAfter} s.`;
  if (error.requestId) text += ` (request ${error.requestId})`;
  return text;
}
