// What stands above a webhook that fails or was stopped: why, since when, what to do.
import { el, icon } from './dom.js';
import { time, span, count, plural, now } from './time.js';
import { sentence } from './words.js';

export function banner(webhook) {
  const { health, stats, isActive } = webhook;
  if (!isActive) {
    const failures = health.inactiveBy === 'failures' ? health.failures : 0;
    return el(
      'div',
      { class: `banner banner-${failures ? 'fail' : 'none'}` },
      icon('pause'),
      el(
        'div',
        el(
          'p',
          el('b', 'This webhook is inactive.'),
          health.inactiveAt && [' Since ', time(health.inactiveAt), '.'],
          failures
            ? ` ${failures === 1 ? 'Its last attempt' : `Its last ${count(failures)} attempts`} failed. ${sentence(health.reason)}`
            : '',
        ),
        el(
          'p',
          stats.skipped
            ? `${plural(stats.skipped, 'event')} came while it was inactive and ${stats.skipped === 1 ? 'was' : 'were'} not sent. `
            : '',
          failures ? 'Mend the receiver, then set it active again.' : 'No events are sent until it is active again.',
        ),
      ),
    );
  }
  if (health.class !== 'failing') return null;
  return el(
    'div.banner.banner-fail',
    icon('warn'),
    el(
      'div',
      el(
        'p',
        el('b', 'Deliveries fail'),
        health.failingSince && [' for ', time(health.failingSince, t => span(now() - new Date(t)))],
        health.failures ? `, ${plural(health.failures, 'failure')} in a row` : '',
        '.',
        health.reason ? ` ${sentence(health.reason)}` : '',
      ),
      el('p', 'They are tried again for up to 90 hours. After 20 failures over 24 hours the webhook is set inactive.'),
    ),
  );
}
