/* The stream of changes: it says that something changed, and the page asks again by the calls it has anyway.

   A stream that has nothing to say is suspended. Everything here is under one mutex: the reader copies or
   suspends, who tells resumes, and the end of a request takes its stream out of the list, so that none is
   resumed that is gone. */

enum {
    FEED_IDS_MOST =
            32, /* webhooks that one tick names; beyond that it names none: anything may have changed */
    FEED_TICK_MS = 250,   /* between two ticks at least */
    FEED_BEAT_MS = 15000, /* a comment after so much silence, or a hang-up would not be noticed */
    FEED_TEXT_MOST = 2048
};

struct stream {
    struct MHD_Connection *connection;
    char token_id[AKOLHOOK_ID_SIZE];
    uint64_t seen;   /* the last tick that it was told */
    int64_t said_at; /* monotonic ms */
    int is_suspended;
    int is_over;               /* its token was revoked */
    char text[FEED_TEXT_MOST]; /* what is being said, and how much of it has gone */
    size_t len, sent;
    stream *next;
};

typedef struct feed {
    pthread_mutex_t lock;
    stream *first;
    size_t count;
    int is_closing;
    int is_dirty;
    char ids[FEED_IDS_MOST][AKOLHOOK_ID_SIZE];
    size_t id_count; /* more than FEED_IDS_MOST: any */
    int64_t ticked_at;
    uint64_t tick;
    char text[FEED_TEXT_MOST]; /* of the last tick */
    size_t len;
} feed;

static const char feed_any[] = "event: change\ndata: {\"webhooks\":[]}\n\n";
static const char feed_comment[] = ":\n\n";

static void feed_open(feed *f) { (void)pthread_mutex_init(&f->lock, NULL); }

/* ---- who tells ---- */

/* Something of this webhook changed; NULL: of any. */
static void feed_changed(feed *f, const char *webhook_id) {
    size_t i;

    (void)pthread_mutex_lock(&f->lock);
    f->is_dirty = 1;
    if (!webhook_id || f->id_count >= FEED_IDS_MOST) {
        f->id_count = FEED_IDS_MOST + 1;
    } else {
        for (i = 0; i < f->id_count && strcmp(f->ids[i], webhook_id) != 0; i++) continue;
        if (i == f->id_count) copy_str(akolhook_str_c(webhook_id), f->ids[f->id_count++], AKOLHOOK_ID_SIZE);
    }
    (void)pthread_mutex_unlock(&f->lock);
}

static void feed_write(feed *f) {
    akolhook_json_writer json;
    size_t i, len = 0, before = sizeof "event: change\ndata: " - 1;

    memcpy(f->text, "event: change\ndata: ", before);
    akolhook_json_init(&json, f->text + before, sizeof f->text - before - 2, 0);
    akolhook_json_object_begin(&json);
    akolhook_json_key(&json, akolhook_str_c("webhooks"));
    akolhook_json_array_begin(&json);
    for (i = 0; i < f->id_count && f->id_count <= FEED_IDS_MOST; i++)
        akolhook_json_string(&json, akolhook_str_c(f->ids[i]));
    akolhook_json_array_end(&json);
    akolhook_json_object_end(&json);
    if (akolhook_json_finish(&json, &len) != AKOLHOOK_OK) return;
    memcpy(f->text + before + len, "\n\n", 2);
    f->len = before + len + 2;
}

static void feed_resume(stream *s) {
    if (!s->is_suspended) return;
    s->is_suspended = 0;
    MHD_resume_connection(s->connection);
}

/* Tells all streams what changed, and those that were silent that they are heard. */
static void feed_tick(feed *f) {
    int64_t now = monotonic_ms();
    stream *s;
    int ticks;

    (void)pthread_mutex_lock(&f->lock);
    ticks = f->is_dirty && now - f->ticked_at >= FEED_TICK_MS;
    if (ticks) {
        feed_write(f);
        f->tick++;
        f->ticked_at = now;
        f->is_dirty = 0;
        f->id_count = 0;
    }
    for (s = f->first; s; s = s->next)
        if (ticks || now - s->said_at >= FEED_BEAT_MS) feed_resume(s);
    (void)pthread_mutex_unlock(&f->lock);
}

/* Milliseconds until feed_tick has something to do, at most most. */
static int feed_due(feed *f, int most) {
    int64_t left;

    (void)pthread_mutex_lock(&f->lock);
    if (f->count && most > 1000) most = 1000;
    left = f->is_dirty && f->count ? f->ticked_at + FEED_TICK_MS - monotonic_ms() : most;
    (void)pthread_mutex_unlock(&f->lock);
    return left < 0 ? 0 : left < most ? (int)left : most;
}

static size_t feed_streams(feed *f) {
    size_t count;

    (void)pthread_mutex_lock(&f->lock);
    count = f->count;
    (void)pthread_mutex_unlock(&f->lock);
    return count;
}

/* Ends the streams of a token; NULL: all, and no new one is let in. */
static void feed_end(feed *f, const char *token_id) {
    stream *s;

    (void)pthread_mutex_lock(&f->lock);
    if (!token_id) f->is_closing = 1;
    for (s = f->first; s; s = s->next)
        if (!token_id || strcmp(s->token_id, token_id) == 0) {
            s->is_over = 1;
            feed_resume(s);
        }
    (void)pthread_mutex_unlock(&f->lock);
}

/* Ends the streams of tokens that are no longer known: another server revoked them. */
static void feed_keep(feed *f, int (*knows_fn)(const void *user, const char *token_id), const void *user) {
    stream *s;

    (void)pthread_mutex_lock(&f->lock);
    for (s = f->first; s; s = s->next)
        if (!s->is_over && !knows_fn(user, s->token_id)) {
            s->is_over = 1;
            feed_resume(s);
        }
    (void)pthread_mutex_unlock(&f->lock);
}

/* ---- a stream ---- */

static void stream_say(stream *s, const char *text, size_t len) {
    memcpy(s->text, text, len);
    s->len = len;
    s->sent = 0;
    s->said_at = monotonic_ms();
}

typedef struct stream_reader {
    feed *feed;
    stream stream;
} stream_reader;

/* libmicrohttpd asks for bytes. */
static ssize_t stream_read(void *user, uint64_t at, char *buf, size_t most) {
    stream_reader *reader = (stream_reader *)user;
    feed *f = reader->feed;
    stream *s = &reader->stream;
    ssize_t result = 0;

    (void)at;
    (void)pthread_mutex_lock(&f->lock);
    if (s->sent == s->len && s->seen != f->tick) {
        if (f->tick - s->seen == 1)
            stream_say(s, f->text, f->len);
        else
            stream_say(s, feed_any, sizeof feed_any - 1);
        s->seen = f->tick;
    } else if (s->sent == s->len && monotonic_ms() - s->said_at >= FEED_BEAT_MS) {
        stream_say(s, feed_comment, sizeof feed_comment - 1);
    }

    if (f->is_closing || s->is_over) {
        result = MHD_CONTENT_READER_END_OF_STREAM;
    } else if (s->sent < s->len) {
        if (most > s->len - s->sent) most = s->len - s->sent;
        memcpy(buf, s->text + s->sent, most);
        s->sent += most;
        result = (ssize_t)most;
    } else {
        s->is_suspended = 1;
        MHD_suspend_connection(s->connection);
    }
    (void)pthread_mutex_unlock(&f->lock);
    return result;
}
/* A new stream; NULL: there are too many, the server stops, or there is no memory. */
static stream_reader *feed_join(feed *f, struct MHD_Connection *connection, const char *token_id) {
    stream_reader *reader = (stream_reader *)calloc(1, sizeof *reader);

    if (!reader) return NULL;
    (void)pthread_mutex_lock(&f->lock);
    if (f->count < STREAMS_MOST && !f->is_closing) {
        reader->feed = f;
        reader->stream.connection = connection;
        copy_str(akolhook_str_c(token_id), reader->stream.token_id, AKOLHOOK_ID_SIZE);
        reader->stream.seen = f->tick;
        stream_say(&reader->stream, feed_comment, sizeof feed_comment - 1);
        reader->stream.next = f->first;
        f->first = &reader->stream;
        f->count++;
    }
    (void)pthread_mutex_unlock(&f->lock);
    if (reader->feed) return reader;
    free(reader);
    return NULL;
}
/* Its request has ended; the memory goes with the response. */
static void feed_leave(feed *f, stream *s) {
    stream **link;

    (void)pthread_mutex_lock(&f->lock);
    for (link = &f->first; *link && *link != s; link = &(*link)->next) continue;
    if (*link) {
        *link = s->next;
        f->count--;
    }
    (void)pthread_mutex_unlock(&f->lock);
}
/* The response is over: whatever led to it, nobody may resume this one any more. */
static void stream_free(void *user) {
    stream_reader *reader = (stream_reader *)user;

    feed_leave(reader->feed, &reader->stream);
    free(reader);
}
