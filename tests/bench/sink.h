/* What the sink answers, and what all senders send. */
#ifndef SINK_H
#define SINK_H

#define ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
#define ANSWER_LEN (sizeof ANSWER - 1)

/* A call.ended body of 611 bytes. */
#define BODY \
    "{\"event\":\"call.ended\",\"timestamp\":\"2026-04-18T14:23:11.000Z\",\"businessId\":\"biz_" \
    "4Zk81LwQpXr7NcT2vYh9sJdE\"," \
    "\"webhookId\":\"whk_Qm5RtB2xKf8WnLs0aVc3Ye7U\",\"data\":{\"callId\":\"call_8Jr2VnXq\",\"agentId\":" \
    "\"agent_iris_01\"," \
    "\"direction\":\"inbound\",\"fromNumber\":\"+14155550142\",\"toNumber\":\"+14155550100\"," \
    "\"startedAt\":\"2026-04-18T14:20:07.000Z\",\"endedAt\":\"2026-04-18T14:23:11.000Z\",\"duration\":184," \
    "\"outcome\":\"booked\"," \
    "\"summary\":\"Zo\xc3\xab Brandt booked a \\\"check-up\\\" for Monday.\",\"transcript\":[" \
    "{\"speaker\":\"agent\",\"text\":\"Lindqvist Dental, how can I help?\",\"timestamp\":0}," \
    "{\"speaker\":\"caller\",\"text\":\"A check-up, please.\",\"timestamp\":4200}]}}"
#define BODY_LEN (sizeof BODY - 1)

#endif
