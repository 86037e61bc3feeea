import { enLater } from './en-later.ts'
import { t as first } from './index.ts'

/** All words of the page in the agent's language, for parts that the list does not need. */
export const t = {
  ...first,
  ...enLater,
  bulk: { ...first.bulk, ...enLater.bulk },
  thread: { ...first.thread, ...enLater.thread },
  presence: { ...first.presence, ...enLater.presence },
  outbox: { ...first.outbox, ...enLater.outbox },
  sidebar: { ...first.sidebar, ...enLater.sidebar },
  session: { ...first.session, ...enLater.session },
  palette: { ...first.palette, ...enLater.palette },
  keys: { ...first.keys, ...enLater.keys },
  list: { ...first.list, ...enLater.list },
  view: { ...first.view, ...enLater.view },
  filter: { ...first.filter, ...enLater.filter },
}
