// Hash routes: #/webhooks/ID/deliveries/DLV?event=call.ended. Filters are part of the address.
const listeners = new Set();

export function parse(hash = location.hash) {
  const [path, search = ''] = hash.replace(/^#\/?/, '').split('?');
  return {
    parts: path
      .split('/')
      .filter(Boolean)
      .map(part => part.replace(/[^\w.-]/g, '_')), // names and ids alone
    params: Object.fromEntries(new URLSearchParams(search)),
  };
}

export function to(parts, params = {}) {
  const search = new URLSearchParams(Object.entries(params).filter(([, value]) => value)).toString();
  return `#/${parts.map(encodeURIComponent).join('/')}${search ? `?${search}` : ''}`;
}

export function go(href, { replace = false } = {}) {
  if (href === location.hash) return;
  if (replace) {
    history.replaceState(null, '', href);
    changed();
  } else location.hash = href;
}

export const onRoute = listener => {
  listeners.add(listener);
};
export function changed() {
  for (const listener of listeners) listener(parse());
}
addEventListener('hashchange', changed);
