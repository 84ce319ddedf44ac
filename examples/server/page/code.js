// A body as it is read best: formatted JSON or raw, with a copy button; long ones begin with their first 64 KiB.
import { el, copyButton, visible, linkButton } from './dom.js';
import { choice } from './field.js';

const FIRST = 65536;
const PLAIN = 262144;
const STEP = '  ';

// Formats JSON without reading its values: numbers stay as they were written. Gives [text, kind] pieces or null.
function pretty(text) {
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
  const more =
    !whole &&
    linkButton(`Show all ${Math.round(text.length / 1024)} KiB`, () => {
      whole = true;
      draw(Boolean(pieces));
      more.remove();
      code.focus();
    });
  draw(true);
  return el(
    'div',
    el(
      'div.code-bar',
      el('h4', title),
      pieces && choice(`${what}: form`, ['Formatted', 'Raw'], at => draw(at === 0)),
      copyButton(text, what),
    ),
    code,
    more,
  );
}
