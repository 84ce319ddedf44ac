// A URL for people: the host always whole, the path cut in the middle. A link is made of https alone.
import { el, visible } from './dom.js';

export function shortUrl(text, room = 56) {
  const shown = visible(text);
  const found = /^(https?:\/\/[^/?#]*)(.*)$/.exec(shown);
  const [, host, path] = found || [0, shown.slice(0, room), shown.slice(room)];
  const left = Math.max(room - host.length, 12);
  const cut =
    path.length > left ? `${path.slice(0, Math.ceil(left / 2) - 1)}…${path.slice(-Math.floor(left / 2))}` : path;
  return el(
    'span.url',
    { title: shown },
    el('span.url-host', host.replace(/^https:\/\//, '')),
    el('span', cut === '/' ? '' : cut),
  );
}
