// What the states are called, how they look, and what a failure means for the one who reads it.
import { el, icon } from './dom.js';

const STATES = {
  delivered: ['Delivered', 'ok', 'check'],
  failed: ['Failed', 'fail', 'cross'],
  waiting: ['Waiting', 'warn', 'clock'],
  cancelled: ['Cancelled', 'none', 'stop'],
  dropped: ['Dropped', 'fail', 'drop'],
};

export function pill(word, kind, name) {
  return el('span', { class: `pill pill-${kind}` }, icon(name), el('span', word));
}
export function statePill(state) {
  const [word, kind, name] = STATES[state] || [state, 'none', 'info'];
  return pill(word, kind, name);
}

const HEALTH = {
  healthy: ['Healthy', 'ok', 'check'],
  slow: ['Slow', 'warn', 'clock'],
  failing: ['Failing', 'fail', 'warn'],
  inactive: ['Inactive', 'none', 'pause'],
};
export function healthPill(webhook) {
  if (!webhook.isActive) return pill(...HEALTH.inactive);
  if (!webhook.lastDeliveryAt && webhook.health.class !== 'failing') return pill('New', 'none', 'info');
  return pill(...(HEALTH[webhook.health.class] || HEALTH.healthy));
}

// What to do about an answer that was no success.
const ANSWERS = {
  401: 'The receiver refused the signature, or the event as too old. Was the secret rotated? Give the receiver the secret of this webhook.',
  403: 'The receiver, or something in front of it, refused the request. Check its access rules.',
  404: 'The receiver has nothing at this path. Check the URL of the webhook.',
  405: 'The receiver takes no POST at this path. Check the URL of the webhook.',
  408: 'The receiver gave up waiting. Answer 2xx first and do the work afterwards.',
  410: 'The receiver says that this address is gone for good, so the webhook was set inactive.',
  413: 'The receiver finds the body too large. Let it take 1 MiB.',
  429: 'The receiver asks for fewer requests. Deliveries to it pause for as long as it asked.',
  502: 'A proxy in front of the receiver got no good answer from it. Is the receiver running?',
  503: 'The receiver is overloaded or down for maintenance.',
  504: 'A proxy in front of the receiver waited too long for it. Answer 2xx first and do the work afterwards.',
};
const CAUSES = {
  DEADLINE: 'Answer 2xx at once and do the work afterwards: 30 seconds are all there is.',
  BLOCKED_ADDRESS: 'Start the server with --allow-cidr and the network of the receiver if it is meant to reach it.',
  BLOCKED_NAME: 'Use a public name, or start the server with --allow-cidr for the network it stands in.',
  TLS_UNTRUSTED: 'Send the whole chain of certificates, or start the server with --ca and the CA that signed it.',
  TLS_EXPIRED: 'Renew the certificate of the receiver.',
  TLS_WRONG_HOST: 'Use the name that the certificate is for.',
  CONNECT_FAILED: 'Start the receiver, or correct the port in the URL.',
  LOOKUP_FAILED: 'Correct the host in the URL, or its DNS record.',
  DELIVERY_EXPIRED: 'It waited for 90 hours without an attempt. Redeliver it when the receiver is well.',
};

export function nextStep(row) {
  if (row.success) return '';
  if (row.statusCode >= 300 && row.statusCode < 400)
    return 'Redirects are not followed. Use the address that it points to as the URL of the webhook.';
  if (row.statusCode)
    return (
      ANSWERS[row.statusCode] ||
      (row.statusCode >= 500
        ? 'The receiver failed while it handled the request. Its own log says why.'
        : 'The receiver refused the request. Its answer or its own log says why.')
    );
  return CAUSES[row.error?.code] || '';
}

// What the library says of itself at the end ("delivery.code has it") is nothing for the page.
const trim = text => text.replace(/: delivery\.\w+ \w+ \w+$/, '');
export function sentence(words) {
  const text = trim(words || '');
  return text && text[0].toUpperCase() + text.slice(1) + (/[.?!]$/.test(text) ? '' : '.');
}
const PHASES = {
  lookup: 'while the name was looked up',
  connect: 'while connecting',
  tls: 'in the TLS handshake',
  send: 'while the request was sent',
  head: 'while waiting for the answer',
  body: 'while the answer was read',
};

// One sentence on how an attempt ended.
export function cause(row) {
  if (row.state === 'cancelled' && !row.attempt) return 'It was cancelled: no attempt follows.';
  if (row.state === 'dropped')
    return 'It was dropped: the webhook failed or lagged, and its share of the room was full.';
  if (row.statusCode)
    return row.success
      ? `The receiver answered ${row.statusCode}.`
      : `The receiver answered ${row.statusCode}: only 2xx counts as delivered.`;
  if (!row.error) return 'No answer came.';
  if (row.error.code === 'DEADLINE')
    return `The deadline passed ${PHASES[row.error.phase] || 'before an answer came'}.`;
  return sentence(row.error.message || row.error.code);
}

// The short form for a line of the log.
const SHORT = {
  DEADLINE: 'Timed out',
  CONNECT_FAILED: 'No connection',
  LOOKUP_FAILED: 'Unknown host',
  TLS_FAILED: 'TLS failed',
  TLS_UNTRUSTED: 'Untrusted',
  TLS_WRONG_HOST: 'Wrong certificate',
  TLS_EXPIRED: 'Expired certificate',
  BLOCKED_ADDRESS: 'Blocked address',
  BLOCKED_NAME: 'Blocked name',
  BAD_RESPONSE: 'Bad answer',
  RESPONSE_CUT: 'Cut off',
  SEND_FAILED: 'Broken off',
  RECEIVE_FAILED: 'Broken off',
  CANCELLED: 'Cancelled',
  DELIVERY_EXPIRED: 'Expired',
};
export function shortCause(row) {
  if (row.statusCode) return String(row.statusCode);
  if (row.success || !row.attempt) return '–';
  return SHORT[row.error?.code] || (row.error?.code ? row.error.code.toLowerCase().replaceAll('_', ' ') : '–');
}
