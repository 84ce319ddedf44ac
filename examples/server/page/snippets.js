// Receivers, filled in: each is a program that runs as it stands. Quoting is by the rules of each language.
const js = text => JSON.stringify(text);
const sh = text => `'${text.replaceAll("'", "'\\''")}'`;
const c = text => `"${text.replace(/[\\"]/g, '\\$&')}"`;

export const LANGUAGES = [
  [
    'node',
    'Node',
    secret => `// node receiver.mjs: answers, and shows what is genuine
import { createServer } from 'node:http';
import { createHmac, timingSafeEqual } from 'node:crypto';

const secret = ${js(secret)};

function isGenuine(body, signature) {
    const expected = createHmac('sha256', secret)
        .update(body).digest('hex');
    return signature?.length === expected.length &&
        timingSafeEqual(Buffer.from(signature, 'latin1'), Buffer.from(expected));
}

createServer((request, response) => {
    const parts = [];
    request.on('data', part => parts.push(part));
    request.on('end', () => {
        const body = Buffer.concat(parts);
        if (!isGenuine(body, request.headers['x-webhook-signature'])) {
            response.writeHead(401).end();
            return;
        }
        response.writeHead(200).end();          // answer at once, work afterwards
        console.log(JSON.parse(body).event);
    });
}).listen(8080);
`,
  ],
  [
    'python',
    'Python',
    secret => `# python3 receiver.py: answers, and shows what is genuine
import hashlib, hmac, json
from http.server import BaseHTTPRequestHandler, HTTPServer

SECRET = ${js(secret)}.encode()

class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers['Content-Length']))
        expected = hmac.new(SECRET, body, hashlib.sha256).hexdigest().encode()
        signature = self.headers.get('X-Webhook-Signature', '').encode()
        genuine = hmac.compare_digest(expected, signature)
        self.send_response(200 if genuine else 401)
        self.send_header('Content-Length', '0')
        self.end_headers()
        if genuine:     # answered at once: the work comes now
            print(json.loads(body)['event'], flush=True)

HTTPServer(('', 8080), Receiver).serve_forever()
`,
  ],
  [
    'c',
    'C',
    secret => `/* For any server that gives you the header and the body. */
#define AKOLHOOK_IMPLEMENTATION
#define AKOLHOOK_RECEIVER_ONLY
#include "akolhook.h"

/* signature: the header X-Webhook-Signature, or NULL.
   body: as it came, before any parsing. Gives the HTTP code. */
int answer(const char *signature, const void *body, size_t length) {
    static const char secret[] = ${c(secret)};

    if (akolhook_verify(secret, signature, body, length) != AKOLHOOK_OK)
        return 401;
    return 200;     /* answer at once, work afterwards */
}
`,
  ],
  [
    'curl',
    'curl',
    (secret, url) => `# sends a signed event to your receiver, as this server would: 200 is right
# with another secret it must answer 401
secret=${sh(secret)}
url=${sh(url)}
body='{"event":"call.ended","timestamp":"2026-01-01T00:00:00.000Z","businessId":"biz_1","webhookId":"whk_1","data":{}}'
signature=$(printf %s "$body" | openssl dgst -sha256 -hmac "$secret" -r | cut -d ' ' -f 1)
curl -i "$url" -H 'Content-Type: application/json' -H 'X-Webhook-Event: call.ended' \\
    -H "X-Webhook-Signature: $signature" --data-binary "$body"
`,
  ],
];
