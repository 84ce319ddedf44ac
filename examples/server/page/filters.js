// The filters of the log: they live in the address, so a link shows what its sender saw.
import { el, button, icon, unique, replace } from './dom.js';
import { select, fillSelect } from './field.js';
import { stamp, isUtc, now } from './time.js';

const NAMES = ['event', 'result', 'code', 'test', 'span', 'since', 'until', 'message', 'before'];
const RESULTS = [
  ['', 'Any'],
  ['delivered', 'Delivered'],
  ['failed', 'Failed for good'],
  ['waiting', 'Failed, will retry'],
  ['bad', 'Any failed attempt'],
  ['cancelled', 'Cancelled'],
  ['dropped', 'Dropped'],
];
const CODES = [
  ['', 'Any'],
  ['2xx', '2xx'],
  ['3xx', '3xx'],
  ['4xx', '4xx'],
  ['5xx', '5xx'],
  ['none', 'No answer'],
];
const SPANS = [
  ['', 'Any time'],
  ['3600', 'Last hour'],
  ['86400', 'Last 24 hours'],
  ['604800', 'Last 7 days'],
  ['between', 'Between …'],
];
const TESTS = [
  ['', 'All'],
  ['false', 'Without tests'],
  ['true', 'Only tests'],
];

export const active = params => NAMES.some(name => params[name]);
export const pick = params => Object.fromEntries(NAMES.filter(name => params[name]).map(name => [name, params[name]]));

// What the address says may be anything: a span that is none of these counts for nothing, a time that is none is shown as it is.
const seconds = span => (SPANS.some(([key]) => key === span) && Number(span)) || 0;
const isTime = text => !Number.isNaN(Date.parse(text));
const edge = text => (isTime(text) ? stamp(text) : text);

// As the parameters of the service.
export function toQuery(params) {
  const { event, result, code, test, span, since, until, message, before } = params;
  return {
    event,
    test,
    statusClass: code,
    messageId: message,
    cursor: before,
    state: result === 'bad' ? '' : result,
    success: result === 'bad' ? 'false' : '',
    since: seconds(span) ? new Date(now() - seconds(span) * 1000).toISOString() : since,
    until: seconds(span) ? '' : until,
  };
}

export function describe(params) {
  const out = [];
  const word = (list, value) => (list.find(([key]) => key === value) || [0, value])[1];
  if (params.event) out.push(params.event);
  if (params.result) out.push(word(RESULTS, params.result));
  if (params.code) out.push(params.code === 'none' ? 'no answer' : `code ${params.code}`);
  if (params.test) out.push(word(TESTS, params.test).toLowerCase());
  if (seconds(params.span)) out.push(word(SPANS, params.span).toLowerCase());
  if (params.since) out.push(`from ${edge(params.since)}`);
  if (params.until) out.push(`until ${edge(params.until)}`);
  if (params.message) out.push(`message ${params.message}`);
  if (params.before) out.push('older rows');
  return out.join(', ');
}

// What <input type=datetime-local> holds, in the zone of the page.
const pad = n => String(n).padStart(2, '0');
function toInput(iso) {
  if (!iso || !isTime(iso)) return '';
  const t = new Date(iso);
  if (isUtc()) return t.toISOString().slice(0, 19);
  return `${t.getFullYear()}-${pad(t.getMonth() + 1)}-${pad(t.getDate())}T${pad(t.getHours())}:${pad(t.getMinutes())}:${pad(t.getSeconds())}`;
}
function fromInput(value) {
  const t = new Date(isUtc() ? `${value}Z` : value);
  return value && !Number.isNaN(t.getTime()) ? t.toISOString() : '';
}

// onchange gets the new parameters; know() is told the names of events, which may come later.
export function filterRow(onchange) {
  let params = {};
  let types = [];
  const node = el('div.filters', { role: 'search', 'aria-label': 'Filter the log' });
  const set = more => onchange(pick({ ...params, before: '', ...more }));

  const events = () => [['', 'Any'], ...types.map(name => [name, name])];

  function draw() {
    const focused = document.activeElement?.name;
    const inside = node.contains(document.activeElement);
    const id = unique('message');
    const message = el('input', {
      id,
      name: 'message',
      class: 'input',
      type: 'search',
      value: params.message || '',
      placeholder: 'msg_…',
      autocomplete: 'off',
      spellcheck: 'false',
      'data-search': true,
      on: {
        change: event => set({ message: event.target.value.trim() }),
        keydown: event => {
          if (event.key === 'Enter') set({ message: event.target.value.trim() });
        },
      },
    });
    const between = params.span === 'between' || params.since || params.until;
    const bound = (name, label) => {
      const at = unique(name);
      return el(
        'div.field.field-small',
        el('label', { for: at }, label),
        el('input', {
          id: at,
          name,
          class: 'input',
          type: 'datetime-local',
          step: 1,
          value: toInput(params[name]),
          on: { change: event => set({ [name]: fromInput(event.target.value) }) },
        }),
      );
    };
    replace(
      node,
      select({
        label: 'Event',
        name: 'event',
        value: params.event || '',
        options: events(),
        onchange: event => set({ event }),
      }),
      select({
        label: 'Result',
        name: 'result',
        value: params.result || '',
        options: RESULTS,
        onchange: result => set({ result }),
      }),
      select({
        label: 'Status code',
        name: 'code',
        value: params.code || '',
        options: CODES,
        onchange: code => set({ code }),
      }),
      select({
        label: 'Time',
        name: 'span',
        value: between ? 'between' : params.span || '',
        options: SPANS,
        onchange: span => set({ span, since: '', until: '' }),
      }),
      between && bound('since', 'From'),
      between && bound('until', 'Until'),
      select({
        label: 'Tests',
        name: 'test',
        value: params.test || '',
        options: TESTS,
        onchange: test => set({ test }),
      }),
      el('div.field.field-small.field-message', el('label', { for: id }, 'Message id'), message),
      active(params) && button('Clear', { kind: 'plain', icon: 'cross', onclick: () => onchange({}) }),
    );
    if (inside) (node.querySelector(`[name="${focused}"]`) || node.querySelector('select')).focus();
  }

  const box = el(
    'details.filter-box',
    { open: !matchMedia('(max-width: 699px)').matches },
    el('summary', icon('search'), ' Filter ', el('span.filter-count.muted')),
    node,
  );
  return {
    node: box,
    know(names) {
      types = names;
      const event = node.querySelector('[name=event]');
      if (event) fillSelect(event, events(), params.event || '');
    },
    update(next) {
      params = next;
      const n = NAMES.filter(name => params[name] && params[name] !== 'between').length;
      box.querySelector('.filter-count').textContent = n ? `(${n})` : '';
      draw();
    },
  };
}
