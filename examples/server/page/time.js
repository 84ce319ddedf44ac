// Times and numbers as people read them. All times of the page follow one switch: local or UTC.
import { el } from './dom.js';

const KEY = 'akolhook-utc';
const wanted = new Set();
let utc = localStorage.getItem(KEY) === '1';

export const isUtc = () => utc;
export function setUtc(on) {
  utc = on;
  localStorage.setItem(KEY, on ? '1' : '0');
  tick();
  for (const listener of wanted) listener();
}
// Calls listener when the switch is turned; gives what ends that.
export function onZone(listener) {
  wanted.add(listener);
  return () => wanted.delete(listener);
}

// The clock of the browser may be wrong: what is asked for and shown are times of the server's.
let ahead = 0; // ms that the server's clock is before it; 0 where the two agree but for the way between them
export const now = () => Date.now() + ahead;
// An answer to what was asked then has this Date, in whole seconds and up to one of them old.
export function setClock(date, began) {
  const at = Date.parse(date);
  const least = at - Date.now();
  const most = at + 2000 - began;
  if (ahead < least || ahead > most) ahead = least <= 0 && most >= 0 ? 0 : (least + most) / 2;
}

const formats = new Map();
function format(options) {
  const key = JSON.stringify(options) + utc;
  if (!formats.has(key))
    formats.set(key, new Intl.DateTimeFormat('en-GB', { ...options, timeZone: utc ? 'UTC' : undefined }));
  return formats.get(key);
}

const DAY = { day: 'numeric', month: 'short' };
const CLOCK = { hour: '2-digit', minute: '2-digit', second: '2-digit' };
const at = t => new Date(t);

export const day = t => format(DAY).format(at(t));
const clock = t => format(CLOCK).format(at(t));
export const hour = t => format({ hour: '2-digit', minute: '2-digit' }).format(at(t));
export const zone = () =>
  utc
    ? 'UTC'
    : format({ ...CLOCK, timeZoneName: 'short' })
        .formatToParts(new Date())
        .find(part => part.type === 'timeZoneName').value;
export const exact = t =>
  format({ ...DAY, year: 'numeric', ...CLOCK, fractionalSecondDigits: 3, timeZoneName: 'short' }).format(at(t));

const sameDay = t => day(t) === day(now()) && Math.abs(now() - at(t)) < 86400e3;
// The clock today, the day before it otherwise.
export const stamp = t => (sameDay(t) ? clock(t) : `${day(t)} ${clock(t)}`);

export function span(ms) {
  const s = Math.round(ms / 1000);
  if (s < 60) return `${Math.max(s, 0)} s`;
  if (s < 3600) return `${Math.round(s / 60)} min`;
  if (s < 86400) return `${Math.round(s / 3600)} h`;
  return `${Math.round(s / 86400)} d`;
}

function relative(t) {
  const ms = now() - at(t);
  if (ms < -1500) return `in ${span(-ms)}`;
  if (ms < 5000) return 'just now';
  if (ms < 86400e3) return `${span(ms)} ago`;
  return `${day(t)}, ${hour(t)}`;
}

export const due = t => (now() >= at(t) ? 'now' : relative(t));

// Relative within a day; the exact time with its zone on hover, and for assistive technology in datetime.
export function time(t, show = relative) {
  if (!t) return el('span.muted', '–');
  const node = el('time', { datetime: t, title: exact(t) }, show(t));
  node.show = show;
  return node;
}

function tick() {
  for (const node of document.querySelectorAll('time[datetime]')) {
    const text = (node.show || relative)(node.dateTime);
    if (node.textContent !== text) node.textContent = text;
    const title = exact(node.dateTime);
    if (node.title !== title) node.title = title;
  }
}
setInterval(tick, 5000);

// ---- numbers ----

const whole = new Intl.NumberFormat('en-GB');
export const count = n => (n === null || n === undefined ? '–' : whole.format(n));
export const plural = (n, one, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`;
export function duration(ms) {
  if (ms === null || ms === undefined || ms < 0) return '–';
  return ms < 10000 ? `${count(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
export function percent(part, all) {
  if (!all) return '–';
  const value = (100 * part) / all;
  if (part === all) return '100 %';
  return `${Math.min(Math.floor(value * 10) / 10, 99.9).toFixed(1)} %`;
}
