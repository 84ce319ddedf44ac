// Calls of the REST service: a time limit, errors as one class, 401 by signing in again and going on.
import { getToken } from './session.js';
import { setClock } from './time.js';

const LIMIT_MS = 20000;
let signIn = () => Promise.reject(new Error('no way to sign in'));
export const setSignIn = call => {
  signIn = call;
};

const heard = new Set(); // listeners of whether the server answers
export const onReach = listener => {
  heard.add(listener);
};
const reach = there => {
  for (const listener of heard) listener(there);
};

class ApiError extends Error {
  constructor(status, body, retryAfter) {
    super(body.error || WORDS[status] || `The server answered ${status}.`);
    this.status = status;
    this.code = body.code || '';
    this.requestId = body.requestId || '';
    this.fields = Array.isArray(body.errors) ? body.errors : [];
    this.retryAfter = retryAfter;
    this.data = body.data || body;
  }
}

const WORDS = {
  0: 'The server does not answer.',
  401: 'This page is not signed in.',
  403: 'This token may not do that.',
  404: 'There is no such thing, or no longer.',
  413: 'That is too large.',
  421: 'The server does not know this host name.',
  429: 'Too many requests at once.',
  503: 'The server is busy.',
};

export async function request(method, path, { body, signal, token = getToken() } = {}) {
  const headers = { Authorization: `Bearer ${token}` };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  const began = Date.now();
  const answer = await fetch(`/api/v1${path}`, {
    method,
    headers,
    signal,
    cache: 'no-store',
    credentials: 'omit',
    redirect: 'error',
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  setClock(answer.headers.get('Date'), began);
  return answer;
}

const sleep = ms => new Promise(resolve => setTimeout(resolve, ms));

async function once(method, path, options, token) {
  const limit = AbortSignal.timeout(LIMIT_MS);
  const signal = options.signal ? AbortSignal.any([options.signal, limit]) : limit;
  let answer, text;
  try {
    answer = await request(method, path, { body: options.body, signal, token });
    text = await answer.text();
  } catch (error) {
    if (options.signal && options.signal.aborted) throw error;
    reach(false);
    throw new ApiError(0, { code: 'OFFLINE' });
  }
  reach(true);
  let json = {};
  try {
    json = JSON.parse(text);
  } catch {
    /* an answer of something in between */
  }
  if (answer.ok && json.success !== false) return json;
  throw new ApiError(answer.status, json, Number(answer.headers.get('Retry-After')) || 0);
}

// Gives the whole answer, {data, pagination}. GET waits once or twice where the server asks for it.
export async function api(method, path, options = {}) {
  for (let tries = 0; ; tries++) {
    const token = getToken();
    try {
      if (!token) throw new ApiError(401, {});
      return await once(method, path, options, token);
    } catch (error) {
      if (error.status === 401) {
        if (getToken() === token || !getToken()) await signIn();
        continue;
      }
      const again = method === 'GET' && (error.status === 429 || error.status === 503) && tries < 2;
      if (!again) throw error;
      await sleep(1000 * Math.min(Math.max(error.retryAfter, 1), 5));
    }
  }
}

export const get = async (path, options) => (await api('GET', path, options)).data;

// A query string of what is set.
export function query(parameters) {
  const out = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== null && value !== '') out.set(name, value);
  }
  const text = out.toString();
  return text ? `?${text}` : '';
}

// A page of the log. The server looks at so many rows at once: where none of them matched it goes on, so many times.
const LOOKS = 20;
export async function logPage(path, parameters) {
  let page = await api('GET', path + query(parameters));
  for (let looks = 1; looks < LOOKS && !page.data.length && page.pagination.hasNext; looks++)
    page = await api('GET', path + query({ ...parameters, cursor: page.pagination.nextCursor }));
  return page;
}

// ---- what hardly changes, asked for once ----

let about, types;
export function forget() {
  about = types = undefined;
}
export const server = () =>
  (about ||= get('/server').catch(error => {
    about = undefined;
    throw error;
  }));
export const eventTypes = () =>
  (types ||= get('/event-types').catch(error => {
    types = undefined;
    throw error;
  }));
