// Answers with what node's URL makes of a URL: protocol, host and port, or "-"; oracle.h has the form.
import { readSync, writeSync } from 'node:fs';

function take(length) {
    const bytes = Buffer.alloc(length);
    for (let at = 0; at < length;) {
        const got = readSync(0, bytes, at, length - at, null);
        if (got === 0) return null;
        at += got;
    }
    return bytes;
}

function judge(text) {
    try {
        const url = new URL(text);
        return `${url.protocol} ${url.hostname} ${url.port || (url.protocol === 'https:' ? 443 : 80)}`;
    } catch {
        return '-';
    }
}

for (let head = take(4); head; head = take(4)) {
    const question = take(head.readUInt32LE());
    const answer = Buffer.from(judge(question.subarray(1).toString('latin1')));
    head.writeUInt32LE(answer.length);
    writeSync(1, Buffer.concat([head, answer]));
}
