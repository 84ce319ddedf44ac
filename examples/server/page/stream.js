// The stream of changes, read line by line until it ends or falls silent.
import { request } from './api.js';

const QUIET_MS = 40000; // the server says something every 15 s

// Lines of an event stream, as they come; ends with the connection. alive() is called for every piece of it.
async function* events(body, alive) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  let data = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    alive();
    text += decoder.decode(value, { stream: true });
    const lines = text.split(/\r?\n/);
    text = lines.pop();
    for (const line of lines) {
      if (line.startsWith('data:')) data += line.slice(5).trim();
      else if (line === '' && data) {
        yield data;
        data = '';
      }
    }
  }
}

// started() is called when it is there, changed(ids) for each change; null: anything may have. Gives the status when it was refused.
export async function follow(signal, started, changed) {
  const quiet = new AbortController();
  let timer;
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(() => quiet.abort(), QUIET_MS);
  };
  alive();
  try {
    const answer = await request('GET', '/stream', { signal: AbortSignal.any([signal, quiet.signal]) });
    if (!answer.ok) return { status: answer.status, after: Number(answer.headers.get('Retry-After')) || 0 };
    started();
    for await (const data of events(answer.body, alive)) {
      let ids = null;
      try {
        ids = JSON.parse(data).webhooks;
        if (!ids.length) ids = null; // the server says: anything
      } catch {
        /* then look at everything */
      }
      setTimeout(changed, 0, ids); // what fails there is no fault of the stream
    }
    return { status: 0 };
  } catch {
    return { status: 0 };
  } finally {
    clearTimeout(timer);
  }
}
