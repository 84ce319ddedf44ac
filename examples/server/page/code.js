// A body as it is read best: formatted JSON or raw, with a copy button; long ones begin with their first 64 KiB.
import { el, copyButton, visible } from './dom.js';

const FIRST = 65536;
const PLAIN = 262144;
const STEP = '  ';

// Formats JSON without reading its values: numbers stay as they were written. Gives [text, kind] pieces or null.
export function pretty(text) {
  try {
    JSON.parse(text);
  } catch {
    return null;
  }
  const out = [];
  let depth = 0;
  const line = () => out.push(['\n' + STEP.repeat(depth), '']);
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g) || [];
  tokens.forEach((token, at) => {
    const next = tokens[at + 1];
    if (token === '{' || token === '[') {
      out.push([token, '']);
      if (next === '}' || next === ']') return;
      depth++;
      line();
    } else if (token === '}' || token === ']') {
      const before = tokens[at - 1];
      if (before !== '{' && before !== '[') {
        depth--;
        line();
      }
      out.push([token, '']);
    } else if (token === ',') {
      out.push([token, '']);
      line();
    } else if (token === ':') out.push([': ', '']);
    else out.push([token, next === ':' ? 'key' : 'value']);
  });
  return out;
}

// title: its heading; what: its name for those who do not see it
export function codeView(text, title, what) {
  const pieces = text.length <= PLAIN ? pretty(text) : null;
  const code = el('pre.code', { tabindex: 0, 'aria-label': what });
  let whole = text.length <= FIRST;

  function draw(formatted) {
    code.replaceChildren();
    if (formatted && pieces) {
      const list = whole ? pieces : pieces.slice(0, 4000);
      code.append(
        ...list.map(([piece, kind]) => (kind ? el('span', { class: `json-${kind}` }, visible(piece)) : piece)),
      );
    } else code.append(visible(whole ? text : text.slice(0, FIRST)));
    if (!whole) code.append(el('span.muted', '\n…'));
  }
  const modes = pieces
    ? ['Formatted', 'Raw'].map((word, at) =>
        el(
          'button',
          {
            type: 'button',
            class: 'seg',
            'aria-pressed': String(at === 0),
            on: {
              click: event => {
                for (const node of event.currentTarget.parentNode.children)
                  node.setAttribute('aria-pressed', String(node === event.currentTarget));
                draw(at === 0);
              },
            },
          },
          word,
        ),
      )
    : [];
  const more = whole
    ? null
    : el(
        'button',
        {
          type: 'button',
          class: 'link',
          on: {
            click: () => {
              whole = true;
              draw(Boolean(pieces));
              more.remove();
              code.focus();
            },
          },
        },
        `Show all ${Math.round(text.length / 1024)} KiB`,
      );
  draw(true);
  return el(
    'div.code-block',
    el(
      'div.code-bar',
      el('h4', title),
      modes.length > 0 && el('div.segs', { role: 'group', 'aria-label': `${what}: form` }, modes),
      copyButton(text, what),
    ),
    code,
    more,
  );
}
