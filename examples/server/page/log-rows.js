// The rows of the log: the newest page, older ones on demand, and new ones that wait until they are shown.
import { logPage } from './api.js';
import { toQuery } from './filters.js';

const PAGE = 50;
export const MOST = 500;

// webhook: its id, or null for all.
export function createRows(webhook) {
  const path = webhook ? `/webhooks/${webhook}/deliveries` : '/deliveries';
  let cursor = null;
  const rows = { list: [], held: [], hasNext: false, params: {} };
  const ask = more => logPage(path, { ...toQuery(rows.params), limit: PAGE, ...more });
  const unknown = data => {
    const had = new Set([...rows.held, ...rows.list].map(row => row.cursor));
    return data.filter(row => !had.has(row.cursor));
  };

  return Object.assign(rows, {
    read: () => ask(),
    begin({ data, pagination }) {
      rows.list = data;
      rows.held = [];
      rows.hasNext = pagination.hasNext;
      cursor = pagination.nextCursor;
    },
    // Gives those that came; null when what is shown was begun anew meanwhile, so that they do not follow it.
    async older() {
      const { params } = rows;
      const from = cursor;
      const { data, pagination } = await ask({ cursor });
      if (params !== rows.params || from !== cursor) return null;
      const more = unknown(data);
      rows.list = rows.list.concat(more);
      rows.hasNext = pagination.hasNext;
      cursor = pagination.nextCursor;
      return more;
    },
    // Looks for new rows and holds them. Gives how many came, and the whole page when there may be a gap below it.
    async newer() {
      const { params } = rows;
      const page = await ask();
      if (params !== rows.params) return { count: 0 }; // they are of an earlier filter
      const fresh = unknown(page.data);
      rows.held = fresh.concat(rows.held);
      return { count: fresh.length, gap: fresh.length === page.data.length && page.pagination.hasNext && page };
    },
    // What was held belongs to the list from here on; gives it.
    take() {
      const fresh = rows.held;
      const all = fresh.concat(rows.list);
      rows.hasNext ||= all.length > MOST;
      rows.list = all.slice(0, MOST);
      rows.held = [];
      return fresh;
    },
  });
}
