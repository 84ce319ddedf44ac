// A delivery beside the log, or in its place where there is no room; closing it gives the focus back to its row.
import { createDetail } from './delivery.js';

// panel holds the log; back() is the address without the delivery.
export function beside(panel, back) {
  let detail = null;
  let last = '';

  function drop() {
    detail?.destroy();
    detail?.node.remove();
    detail = null;
  }
  return {
    show(delivery) {
      panel.classList.toggle('has-detail', Boolean(delivery));
      if (delivery) {
        last = delivery;
        detail ||= createDetail({ back });
        if (!detail.node.isConnected) panel.append(detail.node);
        detail.update(delivery);
      } else if (detail) {
        drop();
        const row = panel.querySelector(`.row-link[data-id="${CSS.escape(last)}"]`) || panel.querySelector('.row-link');
        if (document.activeElement === document.body) (row || document.querySelector('h1')).focus();
      }
    },
    redeliver: () => detail?.redeliver(),
    destroy: drop,
  };
}
