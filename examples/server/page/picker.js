// Which events: check boxes by group, each with when it fires; a box for the group, one for all, and the count.
import { el, unique } from './dom.js';
import { showAt } from './field.js';

const GROUPS = { call: 'Call events', content: 'Content events', resource: 'Resource events' };

function box(label, onchange, more = {}) {
  const input = el('input', { type: 'checkbox', on: { change: () => onchange(input.checked) }, ...more });
  return { input, node: el('label.check', input, label) };
}

export function eventPicker(types, chosen) {
  const wanted = new Set(chosen);
  const id = unique('events');
  const count = el('span.muted');
  const error = el('p', { id: `${id}-error`, class: 'field-error', hidden: true });
  const names = new Map(); // name -> its check box
  const groups = [];

  const set = (list, on) => {
    for (const name of list) on ? wanted.add(name) : wanted.delete(name);
    draw();
  };
  const all = box(el('b', 'All events'), on =>
    set(
      types.map(type => type.name),
      on,
    ),
  );

  function draw() {
    for (const [name, input] of names) input.checked = wanted.has(name);
    for (const { input, members } of [...groups, { input: all.input, members: types.map(type => type.name) }]) {
      const have = members.filter(name => wanted.has(name)).length;
      input.checked = have === members.length;
      input.indeterminate = have > 0 && have < members.length;
    }
    count.textContent = `${wanted.size} of ${types.length} selected`;
    if (wanted.size) showAt(all.input, error, '');
  }

  const lists = [...new Set(types.map(type => type.group))].map(group => {
    const own = types.filter(type => type.group === group);
    const title = GROUPS[group] || group;
    const toggle = box(
      el('b', title),
      on =>
        set(
          own.map(type => type.name),
          on,
        ),
      { 'aria-label': `All ${title.toLowerCase()}` },
    );
    groups.push({ input: toggle.input, members: own.map(type => type.name) });
    return el(
      'div.pick-group',
      { role: 'group', 'aria-label': title },
      toggle.node,
      own.map(type => {
        const one = box([el('code', type.name), el('span.muted', type.firesWhen)], on => set([type.name], on), {
          value: type.name,
        });
        names.set(type.name, one.input);
        one.node.classList.add('pick');
        return one.node;
      }),
    );
  });
  const node = el(
    'fieldset.field.picker',
    { 'aria-describedby': `${id}-error` },
    el('legend', 'Events'),
    el('div.pick-head', all.node, count),
    error,
    el('div.pick-box', lists),
  );
  draw();
  return {
    node,
    name: 'events',
    label: 'Events',
    value: () => types.map(type => type.name).filter(name => wanted.has(name)),
    focus: () => all.input.focus(),
    setError: text => showAt(all.input, error, text),
  };
}
