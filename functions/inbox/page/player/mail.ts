// The frame with a mail's HTML. It is of another origin than the inbox page, without its cookies, and may fetch nothing but
// pictures: what it shows comes from strangers. The desk has cleaned the HTML; here it runs no script all the same, since the
// frame within may run none. It hears only the page that frames it, and tells it only how high the mail is.
import './mail.css'
import { readAskedOfMail, writtenTo, type ToldByMail } from '../src/player/mail-wire.ts'

/** The addresses that the inbox has, as the server of this document knows them. */
const inbox = document.querySelector<HTMLMetaElement>('meta[name=inbox]')?.content.split(' ') ?? []
let page: string | null = null

const tell = (told: ToldByMail) => void (page !== null && parent.postMessage(writtenTo(told), page))

/** Mails are written for a white page, in the fonts of mail programs. Links open beside the inbox, and learn nothing of it. */
const HEAD =
  '<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer"><base target="_blank">' +
  '<style>html{background:#fff;color:#1c1d22;color-scheme:light;font:14px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}body{margin:12px}img{max-width:100%;height:auto}table{max-width:100%}pre{white-space:pre-wrap}</style>'

const frame = document.createElement('iframe')
// No script runs in it. It has this document's origin only so that its height can be read.
frame.setAttribute('sandbox', 'allow-same-origin allow-popups allow-popups-to-escape-sandbox')
frame.title = document.title

const measure = () => {
  const height = frame.contentDocument?.documentElement.scrollHeight ?? 0
  frame.style.blockSize = `${height}px`
  tell({ kind: 'height', height })
}

function show(html: string) {
  frame.srcdoc = HEAD + html
  frame.onload = () => {
    const root = frame.contentDocument?.body
    // Pictures come later than the text, and a narrower window makes it longer.
    if (root) new ResizeObserver(measure).observe(root)
    measure()
  }
  document.body.replaceChildren(frame)
}

addEventListener('message', ({ data, origin, source }) => {
  if (source !== parent || parent === window || !inbox.includes(origin) || (page !== null && page !== origin)) return
  const asked = readAskedOfMail(data)
  if (!asked || (page === null && asked.kind !== 'hello')) return
  page = origin
  if (asked.kind === 'hello') tell({ kind: 'ready' })
  else show(asked.html)
})
