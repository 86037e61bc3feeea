// Why a ticket does not follow a policy, in words; nothing for one whose conditions all hold.
import type { Channel, Priority } from '../api/types.ts'
import { t } from '../messages/later.ts'
import type { Rule } from './sla.ts'

export function whyNot({ unmet }: Pick<Rule, 'unmet'>): string {
  const words = t.sla.unmet
  if (!unmet) return ''
  const { attribute, expected, had, is_unproven: isUnproven } = unmet
  switch (attribute) {
    case 'priority':
      return words.priority(had === null ? null : priorityIn(had), expected.map(priorityIn))
    case 'channel_source':
      return words.channel(channelIn(had), expected.map(channelIn))
    case 'tags':
      return words.tags(Array.isArray(had) ? had.map(String) : [], expected)
    default: {
      const name = attribute.replace(/^traits\./, '')
      const value = had === null ? null : String(had)
      return isUnproven && value !== null ? words.unproven(name, value) : words.trait(name, value, expected)
    }
  }
}

const priorityIn = (name: unknown): string => t.priority[name as Priority] ?? String(name)
const channelIn = (name: unknown): string => t.channel[name as Channel] ?? String(name)
