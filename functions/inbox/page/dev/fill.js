// Fills a local desk with believable tickets: node dev/fill.js [http://127.0.0.1:8000]
const address = process.argv[2] ?? 'http://127.0.0.1:8000'
const base = `${address}/api/projects/1`

async function ask(method, path, body, headers = { authorization: 'Bearer phx_local' }) {
  const answer = await fetch(path.startsWith('http') ? path : base + path, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    body: body && JSON.stringify(body),
  })
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
  return answer.status === 204 ? null : answer.json()
}

const PEOPLE = [
  'Ada Lovelace', 'Grace Hopper', 'Łukasz Nowak', 'Amira Haddad', '山田太郎', 'Chidi Okafor', 'Maren Vestergaard', 'Inés Ortega',
  'Tomás Silva', 'Priya Natarajan', 'Yusuf Demir', 'Elif Kaya', 'Jonas Bergström', 'Noor El-Amin', 'Ruth Mbeki', 'Olga Petrova',
  'Sam', 'Wilhelmina van der Veer-Oosterhout', 'Ben Ng', 'Zoë Martin',
]
const QUESTIONS = [
  ['Where is my invoice for October?', 'The billing page only shows September. I need it for our accountant by Friday.'],
  ['I cannot sign in since this morning', 'It says “session expired” right after the code. Chrome 156 on Windows.'],
  ['Can we change the owner of our workspace?', 'Our founder left, and nobody has the admin rights now.'],
  ['Export stops at 10,000 rows', 'The CSV ends in the middle of a line. Is there a limit?'],
  ['Webhook answers 401', 'We rotated the secret yesterday, and since then every delivery fails.'],
  ['Do you offer a discount for schools?', 'We are 40 teachers.'],
  ['The dashboard is very slow', 'More than 20 seconds to load. It was fine last week.'],
  ['Wrong currency on the receipt', 'We pay in EUR, but the receipt says USD.'],
  ['How do I invite more than five people?', 'The button is grey.'],
  ['Dark mode: the charts are unreadable', 'Grey on grey.'],
  ['Please delete my account', 'And all data about me, as the GDPR says.'],
  ['Is the API down?', 'We get 503 for about one call of ten.'],
]
const REPLIES = [
  'Thank you for writing. I am looking into it now.',
  'Could you tell me which browser you use, and send the link of the page?',
  'You find it under Billing → Invoices. It appeared this morning.',
]
const TAGS = [['billing'], ['login', 'urgent'], ['account'], ['export'], ['api', 'webhooks'], ['sales'], ['performance'], ['billing', 'receipt'], ['account'], ['design'], ['gdpr'], ['api']]
const STATUSES = ['new', 'open', 'open', 'pending', 'new', 'resolved', 'open', 'on_hold']
const PRIORITIES = [null, 'high', null, 'medium', 'low', null]
const CHANNELS = ['widget', 'widget', 'email', 'api', 'widget']
const DUE_MINUTES = [null, -95, 25, null, 200, null, 2000, null, null]

const members = (await ask('GET', '/members/')).results
for (const [email, first_name] of [['ben@example.com', 'Ben'], ['mira@example.com', 'Mira'], ['oskar@example.com', 'Oskar']])
  if (!members.some((member) => member.email === email)) members.push(await ask('POST', '/members/', { email, first_name, access: 'agent' }))
let [role] = (await ask('GET', '/roles/')).results
role ??= await ask('POST', '/roles/', { name: 'Billing' })
await ask('PATCH', `/roles/${role.id}/`, { members: [members[0].id, members[1].id] })

for (let n = 0; n < 48; n++) {
  const name = PEOPLE[n % PEOPLE.length]
  const [subject, more] = QUESTIONS[n % QUESTIONS.length]
  const email = `${name.normalize('NFD').replace(/[^A-Za-z]/g, '').toLowerCase() || 'taro'}@example.org`
  const channel = CHANNELS[n % CHANNELS.length]
  let id
  if (channel === 'widget') {
    const session = `01890000-0000-7000-8000-${String(n).padStart(12, '0')}`
    const sent = await ask(
      'POST',
      `${address}/api/conversations/v1/widget/message`,
      {
        message: subject,
        widget_session_id: session,
        distinct_id: `person-${n}`,
        traits: n % 7 === 3 ? {} : { name, email },
        session_context: { current_url: 'https://shop.example.com/account/billing' },
      },
      { 'x-conversations-token': 'wgt_local', 'x-forwarded-for': `10.0.0.${n}` },
    )
    id = sent.ticket_id
    if (n % 3 === 0)
      await ask('POST', `${address}/api/conversations/v1/widget/message`, { message: more, ticket_id: id, widget_session_id: session, distinct_id: `person-${n}` }, { 'x-conversations-token': 'wgt_local' })
  } else {
    const ticket = await ask('POST', '/conversations/tickets/', {
      channel_source: channel,
      distinct_id: `person-${n}`,
      anonymous_traits: { name, email },
      message: `${subject}\n\n${more}`,
      author_type: 'customer',
    })
    id = ticket.id
  }
  const due = DUE_MINUTES[n % DUE_MINUTES.length]
  const assignee = [null, { type: 'user', id: members[0].id }, { type: 'role', id: role.id }, null, { type: 'user', id: members[1].id }][n % 5]
  const status = STATUSES[n % STATUSES.length]
  if (status === 'pending' || n % 4 === 1) await ask('POST', `/conversations/tickets/${id}/reply/`, { message: REPLIES[n % REPLIES.length] })
  if (n % 6 === 2) await ask('POST', `/conversations/tickets/${id}/reply/`, { message: 'Asked the billing team; they answer by noon.', is_private: true })
  await ask('PATCH', `/conversations/tickets/${id}/`, {
    status,
    priority: PRIORITIES[n % PRIORITIES.length],
    tags: TAGS[n % TAGS.length],
    assignee,
    ...(due !== null && status !== 'resolved' && { sla_due_at: new Date(Date.now() + due * 60_000).toISOString() }),
  })
}
console.log('48 tickets')
