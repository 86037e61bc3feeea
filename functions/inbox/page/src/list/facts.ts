// The icons and tones of a ticket's states, the same in every place. None is told by its colour alone.
import ChevronDown from '@lucide/svelte/icons/chevron-down'
import ChevronsUp from '@lucide/svelte/icons/chevrons-up'
import Circle from '@lucide/svelte/icons/circle'
import CircleCheck from '@lucide/svelte/icons/circle-check'
import CircleDashed from '@lucide/svelte/icons/circle-dashed'
import CircleDot from '@lucide/svelte/icons/circle-dot'
import CirclePause from '@lucide/svelte/icons/circle-pause'
import Code from '@lucide/svelte/icons/code'
import Equal from '@lucide/svelte/icons/equal'
import Hash from '@lucide/svelte/icons/hash'
import Mail from '@lucide/svelte/icons/mail'
import MessageSquare from '@lucide/svelte/icons/message-square'
import type { Channel, Priority, Standing, Status } from '../api/types.ts'
import type { Tone } from '../ui/Badge.svelte'
import type { Icon } from '../ui/drawings.ts'

export const STATUS: Record<Status, { icon: Icon; tone: Tone }> = {
  new: { icon: CircleDashed, tone: 'accent' },
  open: { icon: CircleDot, tone: 'info' },
  pending: { icon: Circle, tone: 'warning' },
  on_hold: { icon: CirclePause, tone: 'plain' },
  resolved: { icon: CircleCheck, tone: 'good' },
}

export const PRIORITY: Record<Priority, { icon: Icon; tone: Tone }> = {
  high: { icon: ChevronsUp, tone: 'danger' },
  medium: { icon: Equal, tone: 'plain' },
  low: { icon: ChevronDown, tone: 'plain' },
}

export const CHANNEL: Record<Channel, Icon> = { widget: MessageSquare, email: Mail, slack: Hash, api: Code }

export const STANDING_TONE: Record<Standing, Tone> = {
  breached: 'danger',
  at_risk: 'warning',
  on_track: 'plain',
  paused: 'plain',
  none: 'plain',
}
