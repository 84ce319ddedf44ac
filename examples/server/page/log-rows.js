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
    async older() {
      const { data, pagination } = await ask({ cursor });
      const more = unknown(data);
      rows.list = rows.list.concat(more);
      rows.hasNext = pagination.hasNext;
      cursor = pagination.nextCursor;
      return more;
    },
    // Looks for new rows and holds them. Gives how many came, and the whole page when there may be a gap below it.
    async newer() {
      const page = await ask();
      const fresh = unknown(page.data);
      rows.held = fresh.concat(rows.held);
      return { count: fresh.length, gap: fresh.length === page.data.length && page.pagination.hasNext && page };
    },
    // What was held belongs to the list from here on; gives it.
    take() {
      const fresh = rows.held;
      rows.list = fresh.concat(rows.list).slice(0, MOST);
      rows.held = [];
      return fresh;
    },
  });
}
