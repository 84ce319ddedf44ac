// Create a webhook, or edit one: one dialog, the server's words at each field.
import { el, toast, visible } from './dom.js';
import { api, get, eventTypes, server } from './api.js';
import { openDialog, actions } from './dialog.js';
import { field, summary } from './field.js';
import { eventPicker } from './picker.js';
import { showSecret } from './secret.js';
import { sentence } from './words.js';
import { go, to } from './router.js';

const differs = (a, b) => String(a) !== String(b); // texts, or events in the order of their numbers

// What a URL must be, by what this server allows.
function urlHint(policy, webhook) {
  const hidden = webhook && webhook.url.includes('***');
  if (hidden) return 'Its query is hidden. Leave the URL as it is to keep it, or type the whole of it.';
  if (policy?.allowHttp)
    return `https, or http as this server allows it${policy.allowCidr.length ? `; also in ${policy.allowCidr.join(', ')}` : ''}.`;
  return 'It receives the events, over https.';
}

function explain(item) {
  return {
    ...item,
    message:
      {
        URL_SCHEME:
          'The URL must begin with https://. Where the server was started with --allow-http also with http://.',
        BLOCKED_ADDRESS:
          'This address is not public. If webhooks may reach it, start the server with --allow-cidr and its network.',
        BLOCKED_NAME:
          'This name is not public. For a receiver on this machine use 127.0.0.1 and start the server with --allow-cidr 127.0.0.1/32.',
      }[item.code] || sentence(item.message),
  };
}

export async function openForm(webhook) {
  let types, about;
  try {
    [types, about] = await Promise.all([eventTypes(), server().catch(() => null)]);
  } catch (error) {
    toast(error.message, 'fail');
    return;
  }
  const name = field({
    label: 'Name',
    name: 'name',
    value: webhook?.name || '',
    maxlength: 100,
    required: true,
    placeholder: 'CRM Call Logger',
  });
  const url = field({
    label: 'URL',
    name: 'url',
    type: 'text',
    inputmode: 'url',
    value: webhook?.url || '',
    required: true,
    placeholder: 'https://example.com/webhooks/akol',
    hint: urlHint(about?.policy, webhook),
  });
  const events = eventPicker(types, webhook?.events || []);
  const wrong = summary([name, url, events]);
  const waiting = webhook?.stats?.waiting;
  const form = el(
    'form',
    { id: 'webhook-form', novalidate: true },
    wrong.node,
    name.node,
    url.node,
    waiting > 0 &&
      el(
        'p.hint',
        `${waiting === 1 ? 'The delivery that waits goes' : `The ${waiting} deliveries that wait go`} to the new URL.`,
      ),
    events.node,
  );
  const dialog = openDialog({ title: webhook ? 'Edit webhook' : 'Create webhook', size: 'wide' }, form);

  function check() {
    const list = [];
    if (!name.input.value.trim()) list.push({ field: 'name', message: 'Give it a name.' });
    if (!url.input.value.trim()) list.push({ field: 'url', message: 'Say where the events go.' });
    else if (webhook && url.input.value !== webhook.url && url.input.value.includes('***'))
      list.push({ field: 'url', message: 'Type the whole URL: a part of it is hidden by ***.' });
    if (!events.value().length) list.push({ field: 'events', message: 'Choose at least one event.' });
    return list;
  }

  // what was not touched is left out: the URL that is shown is not the whole one
  function changes() {
    const body = {};
    if (!webhook || name.input.value.trim() !== webhook.name) body.name = name.input.value.trim();
    if (!webhook || url.input.value !== webhook.url) body.url = url.input.value.trim();
    if (!webhook || differs(events.value(), webhook.events)) body.events = events.value();
    return body;
  }

  // What is about to be replaced though this form never showed it: said once, at its field.
  let known = webhook;
  async function changedElsewhere(body) {
    const now = await get(`/webhooks/${webhook.id}`);
    const list = Object.keys(body)
      .filter(key => differs(now[key], known[key]) && differs(now[key], body[key]))
      .map(key => ({
        field: key,
        message: `Another window set it to ${visible([].concat(now[key]).join(', '))}. Save again to replace that.`,
      }));
    known = now;
    return list.length > 0 && wrong.show(list);
  }

  actions(dialog, {
    form,
    verb: webhook ? 'Save changes' : 'Create',
    async run() {
      wrong.clear();
      const list = check();
      if (list.length) {
        wrong.show(list);
        return;
      }
      const body = changes();
      if (!webhook) {
        const { data } = await api('POST', '/webhooks', { body });
        dialog.close();
        await showSecret({ webhook: data, secret: data.secret, url: body.url, isNew: true });
        go(to(['webhooks', data.id]));
        return;
      }
      if (Object.keys(body).length) {
        if (await changedElsewhere(body)) return;
        await api('PATCH', `/webhooks/${webhook.id}`, { body });
      }
      dialog.close(true);
      toast('Saved');
    },
    showError: error => wrong.show(error.fields.map(explain)),
  });
  name.focus();
  return dialog.closed;
}
