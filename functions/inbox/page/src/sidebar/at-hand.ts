import type { Ticket } from '../api/types.ts'

/** The ticket whose row has the focus; null where the focus is elsewhere. */
export const focusedRow = (): string | null => document.activeElement?.closest<HTMLElement>('[data-row]')?.dataset['row'] ?? null

/** Whether a key that is pressed now means this open ticket, and not another one's row. */
export const isAtHand = (open: Ticket): boolean => [null, open.id].includes(focusedRow())
