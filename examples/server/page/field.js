// A labelled control with its hint and the server's words at it; and the summary of what is wrong in a form.
import { el, unique, replace, icon, flag, linkButton } from './dom.js';

export function field({ label, name, hint, value = '', type = 'text', ...more }) {
  const id = unique(name);
  const input = el('input', {
    id,
    name,
    type,
    value,
    class: 'input',
    autocomplete: 'off',
    spellcheck: 'false',
    'aria-describedby': `${id}-hint ${id}-error`,
    ...more,
  });
  const error = el('p', { id: `${id}-error`, class: 'field-error', hidden: true });
  const node = el(
    'div.field',
    el('label', { for: id }, label),
    input,
    el('p', { id: `${id}-hint`, class: 'hint', hidden: !hint }, hint),
    error,
  );
  return { node, input, name, label, focus: () => input.focus(), setError: text => showAt(input, error, text) };
}

export function showAt(input, error, text) {
  error.hidden = !text;
  replace(error, text && icon('warn'), text && el('span', text));
  flag(input, 'aria-invalid', text);
}

// Shows the server's errors at their fields and as a summary that takes the focus. Gives 1 when it showed them.
export function summary(fields) {
  const node = el('div.problem.summary', { tabindex: -1, hidden: true, role: 'group' });
  return {
    node,
    clear() {
      node.hidden = true;
      for (const each of fields) each.setError('');
    },
    show(list) {
      const known = list.filter(item => fields.some(each => each.name === item.field));
      if (!known.length) return false;
      const id = unique('summary');
      node.setAttribute('aria-labelledby', id);
      replace(
        node,
        icon('warn'),
        el(
          'div',
          el('p', { id }, known.length === 1 ? 'One thing needs a change:' : `${known.length} things need a change:`),
          el(
            'ul',
            known.map(item => {
              const at = fields.find(each => each.name === item.field);
              at.setError(item.message);
              return el('li', linkButton(`${at.label}: ${item.message}`, () => at.focus()));
            }),
          ),
        ),
      );
      node.hidden = false;
      node.focus();
      return true;
    },
  };
}

export function fillSelect(node, options, value) {
  replace(
    node,
    options.map(([key, text]) => el('option', { value: key }, text)),
  );
  node.value = value;
}
// A choice of a few: what the label says, values and their words.
export function select({ label, name, value, options, onchange }) {
  const id = unique(name);
  const node = el(
    'select',
    { id, name, class: 'input', on: { change: event => onchange(event.target.value) } },
  );
  fillSelect(node, options, value);
  return el('div.field.field-small', el('label', { for: id }, label), node);
}

// One of a few, side by side; the first is chosen. onchange gets the place of what was pressed.
export function choice(label, words, onchange) {
  const node = el(
    'div.segs',
    { role: 'group', 'aria-label': label },
    words.map((word, at) =>
      el(
        'button.seg',
        {
          type: 'button',
          'aria-pressed': String(at === 0),
          on: {
            click: () => {
              [...node.children].forEach((each, n) => each.setAttribute('aria-pressed', String(n === at)));
              onchange(at);
            },
          },
        },
        word,
      ),
    ),
  );
  return node;
}

// On or off, with its word beside it.
export function toggle({ label, on, words = ['Active', 'Inactive'], onchange }) {
  const word = el('span.switch-word', { 'aria-hidden': 'true' });
  const node = el(
    'button',
    {
      type: 'button',
      role: 'switch',
      class: 'switch',
      'aria-label': label,
      on: {
        click: () => {
          if (node.getAttribute('aria-disabled') !== 'true')
            onchange(node.getAttribute('aria-checked') !== 'true', node);
        },
      },
    },
    el('span.switch-track', { 'aria-hidden': 'true' }, el('span.switch-knob')),
    word,
  );
  node.set = value => {
    node.setAttribute('aria-checked', String(value));
    word.textContent = words[value ? 0 : 1];
  };
  node.set(on);
  return node;
}
